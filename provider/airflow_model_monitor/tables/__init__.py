"""Where rows come from: datasets and captured traffic as relations on DuckDB."""
