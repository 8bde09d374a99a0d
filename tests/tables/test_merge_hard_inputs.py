"""Files no one writes on purpose: read like others where they can be, told with file, line and field where not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import fsspec
import pytest

from airflow_model_monitor.contract.errors import ContractError
from airflow_model_monitor.tables import json_lines
from airflow_model_monitor.tables.label_matching import groups_with_labels
from airflow_model_monitor.tables.merge import merge
from airflow_model_monitor.tables.merge_captures import CaptureKind
from airflow_model_monitor.tables.merge_coverage import Coverage, count_coverage
from airflow_model_monitor.tables.merge_files import MergeInput, captured_files, label_files
from tests.tables.merging import World, capture, label, lines

TWO = lines(capture("a"), capture("b"))
LABELS = lines(label("a", "1"), label("b", "2"))
EXPECTED = [("a", "1"), ("b", "2")]
JSON_OUTPUT = '{"SageMakerOutput":6,"SageMakerInferenceId":"i2"}\n{"SageMakerOutput":5,"SageMakerInferenceId":"i1"}'


@pytest.fixture
def world(tmp_path: Path) -> World:
    one = World(tmp_path)
    one.write("capture/2026/01/01/05/a.jsonl", TWO)
    one.write("labels/2026/01/01/05/a.jsonl", LABELS)
    return one


def respelled(text: str) -> str:
    """The same records with spaces, other key order and escapes."""
    documents = [json.loads(line) for line in text.splitlines()]
    return "".join(json.dumps(dict(reversed(one.items())), indent=None) + "\n" for one in documents)


@pytest.mark.parametrize("part", ["capture", "labels"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: f"\ufeff{text}".encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: f"\n  \n{text}\n\n".encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: b"".join(gzip.compress(line.encode()) for line in text.splitlines(keepends=True)),
        lambda text: respelled(text).encode(),
        lambda text: text.replace('"0"}', '"0","more":{"a":[1]}}').encode(),
        lambda text: text.replace(',"eventVersion":"0"', "").encode(),
    ],
    ids=["bom", "crlf", "blank lines", "no end", "gzip", "gzip members", "respelled", "more keys", "no version"],
)
def test_files_that_are_read_like_others(world: World, part: str, change) -> None:
    plain = world.merge()
    world.write(f"{part}/2026/01/01/05/a.jsonl", change(TWO if part == "capture" else LABELS))
    assert world.merge() == plain
    assert plain.labels == EXPECTED


@pytest.mark.parametrize(
    "name", ["a[1]*?.jsonl", "hour=05.jsonl", 'it\'s "ä".jsonl', "a.jsonl.gz", "a.zst", "no suffix"]
)
def test_names_of_files(world: World, name: str) -> None:
    (world.root / "capture/2026/01/01/05/a.jsonl").rename(world.root / "capture/2026/01/01/05" / name)
    assert world.merge().labels == EXPECTED


def test_hidden_and_empty_files_are_passed_over(world: World) -> None:
    for name in ("capture/2026/01/01/05/.a", "capture/_temporary/a", "labels/_SUCCESS", "labels/2026/.b"):
        world.write(name, "no JSON")
    world.write("capture/2026/01/01/05/0.jsonl", "")
    world.write("labels/2026/01/01/05/0.jsonl", "")
    assert world.merge().labels == EXPECTED


@pytest.mark.parametrize(
    "data",
    [
        "é\U0001f600\u2028",
        '"\\/',
        "\x00\x01\x1f\x7f",
        "\t\r\n\b\f",
        "\\u0041",
        "[1,2",
        "{",
        "",
        " ",
        "'; DROP TABLE labels; --",
    ],
)
def test_data_stays_verbatim(world: World, data: str) -> None:
    one = capture("a", data=data, answer=data)
    world.write("capture/2026/01/01/05/a.jsonl", lines(one))
    world.write("labels/2026/01/01/05/a.jsonl", lines(label("a", data, "JSON")))
    document = json.loads(world.merge().text)
    sides = document["captureData"]
    assert [sides["endpointInput"]["data"], sides["endpointOutput"]["data"], document["groundTruthData"]["data"]] == [
        data
    ] * 3


@pytest.mark.parametrize("attributes", ['["x",1]', '["x",null]', '[["x"]]'])
def test_custom_attributes_are_texts(world: World, attributes: str) -> None:
    written = TWO.replace('"eventId":"b"', f'"eventId":"b","customAttributes":{attributes}')
    world.write("capture/2026/01/01/05/a.jsonl", written)
    with pytest.raises(
        ContractError, match=r"a\.jsonl, line 2, field \$\.eventMetadata\.customAttributes\[\d\]: expected"
    ):
        world.merge()


def test_both_ways_of_reading_write_the_same(world: World) -> None:
    everything = "".join(map(chr, [*range(0x300), 0x2028, 0xFFFF, 0x1F600]))
    text = lines(
        *(capture(f"{one}{number}", one, data=one) for number, one in enumerate(everything)),
        capture("b", None, "x", None),
    )
    world.write("capture/2026/01/01/05/a.jsonl", text)
    world.write("labels/2026/01/01/05/a.jsonl", lines(*(label(one, one) for one in everything)))
    plain = world.merge()
    world.write("capture/2026/01/01/05/a.jsonl", f"\ufeff{text}")
    assert world.merge() == plain
    assert plain.counts.merged_records == len(everything) + 1


def test_a_long_line(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_LONGEST_LINE", 1 << 16)
    world.write("capture/2026/01/01/05/a.jsonl", lines(capture("a", data="1," * 100_000), capture("b")))
    result = world.merge()
    assert result.labels == EXPECTED
    assert len(result.text) > 200_000


def test_thousands_of_files(world: World) -> None:
    for number in range(1_500):
        world.write(f"capture/2026/01/01/{number % 3 + 6:02d}/{number}.jsonl", lines(capture(f"c{number}")))
        world.write(f"labels/2026/01/02/05/{number}.jsonl", lines(label(f"c{number}", str(number))))
    assert world.merge().counts.merged_records == 1_502


def test_one_irregular_file_among_many(world: World) -> None:
    for number in range(20):
        start = "\ufeff" if number in (3, 17) else ""
        world.write(f"capture/2026/01/01/05/b{number:02d}.jsonl", start + lines(capture(f"c{number}")))
        world.write(f"labels/2026/01/02/05/{number:02d}.jsonl", start + lines(label(f"c{number}", str(number))))
    assert world.merge().labels == [*EXPECTED, *((f"c{number}", str(number)) for number in range(20))]


def test_labels_in_arrays_and_documents_of_several_lines(world: World) -> None:
    documents = [json.loads(line) for line in LABELS.splitlines()]
    for content in (
        json.dumps(documents),
        json.dumps(documents, indent=1),
        "".join(json.dumps(one, indent=4) for one in documents),
    ):
        world.write("labels/2026/01/01/05/a.jsonl", content)
        assert world.merge().labels == EXPECTED


@pytest.mark.parametrize(
    ("part", "line", "told"),
    [
        ("capture", TWO[:100], "not valid JSON: the file ends in the middle"),
        (
            "capture",
            TWO.replace('"eventId":"a"', '"eventId":5'),
            "field $.eventMetadata.eventId: expected a text, got 5",
        ),
        ("capture", TWO.replace('"mode":"INPUT"', '"mode":"in"'), "field $.captureData.endpointInput.mode"),
        (
            "capture",
            TWO.replace('"data":"1,2"', '"data":[1]'),
            "field $.captureData.endpointInput.data: expected a text",
        ),
        ("capture", TWO.replace('"1,2"', '"\\ud800"'), "unpaired surrogate"),
        ("capture", LABELS, "the record is a label, not a capture"),
        ("capture", '{"eventMetadata":{"eventId":"a"}}', "neither endpointInput"),
        ("capture", "1,2,3", "not valid JSON"),
        ("labels", LABELS[:60], "the file ends in the middle"),
        ("labels", LABELS.replace('"1"', "1"), "expected a text, got 1. Write the label as text"),
        ("labels", LABELS.replace("CSV", "TEXT"), "expected 'CSV' or 'JSON', got 'TEXT'"),
        ("labels", TWO, "field $.groundTruthData: is missing"),
        ("labels", "[" + LABELS.split("\n")[0] + ",5]", "field $[1]"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(world: World, part: str, line: str, told: str) -> None:
    good = TWO if part == "capture" else LABELS
    world.write(f"{part}/2026/01/01/05/b.jsonl", f"{good}{line}")
    with pytest.raises(ContractError) as caught:
        world.merge()
    assert caught.value.file == str(world.root / part / "2026/01/01/05/b.jsonl")
    assert caught.value.line == 3
    assert told in str(caught.value)


@pytest.mark.parametrize("end", ["x", "{", "5", '{"', TWO[:50], "\x00", "[]", " {"])
@pytest.mark.parametrize("part", ["capture", "labels"])
def test_a_torn_last_line_among_many_files(world: World, part: str, end: str) -> None:
    for number in range(10):
        world.write(f"{part}/2026/01/01/06/{number}.jsonl", TWO if part == "capture" else LABELS)
    world.write(f"{part}/2026/01/01/06/4.jsonl", (TWO if part == "capture" else LABELS) + end)
    if (part, end) == ("labels", "[]"):  # an array of no labels
        assert world.merge().counts.labels == 22
        return
    with pytest.raises(ContractError, match=r"06/4.jsonl, line 3"):
        world.merge()


@pytest.mark.parametrize("part", ["capture", "labels"])
def test_a_file_of_one_byte(world: World, part: str) -> None:
    world.write(f"{part}/2026/01/01/06/a.jsonl", "{")
    with pytest.raises(ContractError, match=r"06/a.jsonl, line 1: not valid JSON: the file ends in the middle"):
        world.merge()


def test_a_damaged_gzip_file(world: World) -> None:
    world.write("labels/2026/01/01/05/b.gz", gzip.compress(LABELS.encode())[:-9])
    with pytest.raises(ContractError, match=r"b\.gz: the gzip file is damaged"):
        world.merge()


def test_a_file_that_grows_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = world.root / "capture/2026/01/01/05/a.jsonl"

    def appended(captured: int) -> None:
        with path.open("a") as stream:
            stream.write(TWO)

    with pytest.raises(ContractError, match="the file changed while the job was reading it"):
        world.merge(progress=appended)


def test_memory_limit_of_little(world: World) -> None:
    with pytest.raises(ContractError, match="memory"):
        world.merge(memory_limit="1KB")


def test_remote_files() -> None:
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/merge-test/capture/ep/v/2026/01/01/05/a.jsonl", TWO.encode())
    filesystem.pipe("/merge-test/labels/2026/01/01/06/a.jsonl", gzip.compress(LABELS.encode()))
    captures = captured_files([MergeInput("memory://merge-test/capture/ep", "ep")])
    labels = label_files([MergeInput("memory://merge-test/labels/2026/01/01/06", "2026/01/01/06")])
    assert [one.path for one in (*captures, *labels)] == ["ep/v/2026/01/01/05/a.jsonl", "2026/01/01/06/a.jsonl"]
    filesystem.rm("/merge-test", recursive=True)
    with pytest.raises(ContractError, match="a file could not be fetched"):
        merge(captures, labels, Path("/nowhere"), part_seed="s")


class TestBatchTransform:
    @pytest.fixture
    def batch(self, tmp_path: Path) -> World:
        one = World(tmp_path)
        one.write("labels/a", lines(label("i1", "1"), label("i3", "0")))
        return one

    def test_csv(self, batch: World) -> None:
        batch.write("capture/2026/01/01/05/a.out", '5,0.10,i1,2026-01-01T05:00:00Z\n6,x,i2,t\n"a,b",1,i3,t\n')
        line = (
            '{{"eventMetadata":{{"eventId":"{}"}},"eventVersion":"0","groundTruthData":{{"data":"{}","encoding":"CSV"}},'
            '"captureData":{{"batchTransformOutput":{{"data":"{}","encoding":"CSV"}}}}}}'
        )
        expected = [line.format("i1", "1", "5,0.1"), line.format("i3", "0", '\\"a,b\\",1')]
        assert batch.merge(kind="batch_csv").text.splitlines() == expected

    @pytest.mark.parametrize(("kind", "output"), [("batch_csv", "6,x,i2,t\n5,i1,t"), ("batch_json", JSON_OUTPUT)])
    def test_a_last_line_without_its_end(self, batch: World, kind: CaptureKind, output: str) -> None:
        batch.write("capture/a.out", output)
        assert batch.merge(kind=kind).labels == [("i1", "1")]
        captures, labels = (
            captured_files([MergeInput(str(batch.root / "capture"))]),
            label_files([MergeInput(str(batch.root / "labels"))]),
        )
        assert count_coverage(captures, labels, kind=kind) == Coverage(2, 1)
        assert groups_with_labels({0: labels}, lambda _: [one.file for one in captures], kind=kind) == [0]

    def test_json_lines(self, batch: World) -> None:
        batch.write("capture/a.out", '{"features":[1,2.50],"SageMakerOutput":{"s":1},"SageMakerInferenceId":"i1"}\n')
        data = json.loads(batch.merge(kind="batch_json").text)["captureData"]["batchTransformOutput"]["data"]
        assert data == '{"SageMakerOutput":{"s":1},"features":[1,2.5]}'

    def test_a_manifest_stands_for_the_files_it_names(self, batch: World) -> None:
        batch.write("out/a.out", "5,i1,t\n")
        batch.write("out/b.out", "6,i3,t\n")
        batch.write("capture/2026/01/01/05/x.json", json.dumps([{"prefix": f"{batch.root}/out/"}, "b.out", "a.out"]))
        result = batch.merge(kind="batch_csv")
        assert [str(Path(name).parent) for name in result.files] == ["2026/01/01/05"]
        assert result.labels == [("i1", "1"), ("i3", "0")]

    def test_a_row_without_an_id(self, batch: World) -> None:
        batch.write("capture/a.out", "5,i1,t\n5\n")
        with pytest.raises(ContractError, match=r"a.out, line 2: the row has no inference id"):
            batch.merge(kind="batch_csv")
