from __future__ import annotations

import gzip

import pytest

from airflow_model_monitor.contract.dataset_format import Csv
from airflow_model_monitor.contract.errors import ContractError

HEADER, BARE = Csv(header=True), Csv(header=False)


def test_header_names_columns_and_everything_is_text(write, read_table):
    table = read_table(write("a.csv", "age,name\n41,Ann\n,Bob\n"), HEADER)

    assert table.names == ["age", "name"]
    assert table.kinds == ["text", "text"]
    assert table.rows == [("41", "Ann"), (None, "Bob")]
    assert table.named


def test_columns_without_header_are_numbered(write, read_table):
    table = read_table(write("a.csv", "1,2\n3,4\n"), BARE)

    assert table.names == ["_c0", "_c1"]
    assert table.rows == [("1", "2"), ("3", "4")]
    assert not table.named


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,,c", ["a", "_c1", "c"]),
        ('a,"",c', ["a", "_c1", "c"]),
        ("a,b,a,A,", ["a0", "b", "a2", "A3", "_c4"]),
        ("<script>alert(1)</script>,b`,c'd;--", ["<script>alert(1)</script>", "b`", "c'd;--"]),
        ('"line\nbreak","two, three",x', ["line\nbreak", "two, three", "x"]),
        (" a,b ,ü", [" a", "b ", "ü"]),
    ],
)
def test_header_cells_become_names(write, read_table, header, names):
    table = read_table(write("a.csv", f"{header}\n{','.join('1' * len(names))}\n"), HEADER)

    assert table.names == names
    assert table.rows == [("1",) * len(names)]


def test_widest_row_decides_without_header(write, read_table):
    table = read_table(write("a.csv", "1\n1,2,3\n4,5\n"), BARE)

    assert table.rows == [("1", None, None), ("1", "2", "3"), ("4", "5", None)]


def test_short_rows_are_padded_beside_quoted_line_breaks(write, read_table):
    table = read_table(write("a.csv", 'a,b\n"x\ny",1\nz\n'), HEADER)

    assert table.rows == [("x\ny", "1"), ("z", None)]


def test_longer_row_loses_its_further_fields_as_in_spark(write, read_table):
    table = read_table(write("a.csv", "a,b\n1,2,3\n"), HEADER)

    assert table.rows == [("1", "2")]


def test_longer_row_is_refused_when_corrected(write, read_table):
    path = write("a.csv", "a,b\n1,2,\n1,2,3\n")

    with pytest.raises(ContractError, match="the row has 3 fields, but the header has 2") as error:
        read_table(path, HEADER, compatibility="corrected")
    assert (error.value.file, error.value.line) == (path, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3,\n",
        b"a,b\r\n1,2\r\n3,\r\n",
        b"a,b\r1,2\r3,\r",
        b"a,b\n1,2\n3,",
        b"a,b\r\n1,2\n3,\r\n",
        b"\xef\xbb\xbfa,b\n1,2\n3,\n",
        b"\n\na,b\n\n1,2\n\n3,\n\n",
        gzip.compress(b"a,b\n1,2\n3,\n"),
    ],
    ids=["lf", "crlf", "cr", "torn", "mixed", "bom", "blank", "gzip"],
)
def test_line_ends_marks_and_packing_do_not_matter(write, read_table, content):
    table = read_table(write("a.csv", content), HEADER)

    assert table.names == ["a", "b"]
    assert table.rows == [("1", "2"), ("3", None)]


def test_blank_lines_are_no_rows_but_quoted_empty_fields_are(write, read_table):
    table = read_table(write("a.csv", 'x\n\n1\n""\n  \n\n'), HEADER)

    assert table.rows == [("1",), (None,), ("  ",)]


def test_files_of_a_folder_follow_each_other_by_path(tmp_path, write, read_table):
    write("b/2.csv", "a,b\r\n3,x\r\n")
    write("b/1.csv", "a,b\n2,\n")
    write("a/9.csv", "a,b\n1,\n")
    write("_SUCCESS", "")
    write(".hidden.csv", "a,b\n9,9\n")
    write("_temporary/0.csv", "a,b\n9,9\n")

    table = read_table(tmp_path, HEADER)

    assert table.rows == [("1", None), ("2", None), ("3", "x")]


def test_several_locations_keep_their_order(write, read_table):
    table = read_table([write("2.csv", "2\n"), write("1.csv", "1\n")], BARE)

    assert table.rows == [("2",), ("1",)]


def test_other_header_in_a_later_file(tmp_path, write, read_table):
    write("1.csv", "a,b\n1,2\n")
    other = write("2.csv", "b,a\n3,4\n")

    assert read_table(tmp_path, HEADER).rows == [("1", "2"), ("3", "4")]
    with pytest.raises(ContractError, match="column 0 is 'b', but 'a' in") as error:
        read_table(tmp_path, HEADER, compatibility="corrected")
    assert error.value.file == other


def test_path_that_looks_like_a_pattern(write, read_table):
    write("day=1/x1.csv", "a\n9\n")

    table = read_table(write("day=1/x[1]*.csv", "a\n1\n"), HEADER)

    assert table.names == ["a"]
    assert table.rows == [("1",)]


def test_latin_1_is_refused_naming_the_line(write, read_table):
    path = write("a.csv", b"a,b\n1,2\n" * 100_000 + "Zürich,3\n".encode("latin-1"))

    with pytest.raises(ContractError, match="0xFC is not UTF-8") as error:
        read_table(path, HEADER)
    assert (error.value.file, error.value.line) == (path, 200_001)
    assert "UTF-8" in error.value.remedy


@pytest.mark.parametrize("compatibility", ["sagemaker", "corrected"])
@pytest.mark.parametrize("content", ['a,b\n1,2\n3,"torn', 'a,b\n1,2\n3,"torn\n4,5\n', 'a,b\n"x\\"",2\n3,"torn'])
def test_unclosed_quote_is_refused_naming_the_line(write, read_table, content, compatibility):
    path = write("a.csv", content)

    with pytest.raises(ContractError, match=r"not closed|follows a closing quote") as error:
        read_table(path, HEADER, compatibility=compatibility)
    assert error.value.file == path
    assert error.value.line in (2, 3)


def test_text_after_a_closing_quote_is_refused_when_corrected(write, read_table):
    path = write("a.csv", 'a,b\n1,"x"y\n')

    assert read_table(path, HEADER).rows == [("1", '"x"y')]
    with pytest.raises(ContractError, match="follows a closing quote") as error:
        read_table(path, HEADER, compatibility="corrected")
    assert (error.value.line, error.value.field) == (2, "column 1")


@pytest.mark.parametrize(("content", "dataset_format"), [("", HEADER), ("a,b\n", HEADER), ("\n\n", BARE)])
def test_no_rows(write, read_table, content, dataset_format):
    with pytest.raises(ContractError, match="Job inputs had no data"):
        read_table(write("a.csv", content), dataset_format)
