"""Whatever is wrong with a user's files is told in one line with its place, and leaves nothing in the store."""

import gzip

import pytest

GOOD = {"id": "a", "query": "q", "passage": "p"}


def test_missing_file(refused, tmp_path):
    refused(tmp_path / "no.jsonl", "no such file", files={"en": tmp_path / "no.jsonl"})


def test_folder_instead_of_a_file(refused, tmp_path):
    (tmp_path / "x.jsonl").mkdir()
    refused("x.jsonl", "no such file", files={"en": tmp_path / "x.jsonl"})


@pytest.mark.parametrize("name", ["en.json", "en.txt.gz", "en"])
def test_unsupported_extension(refused, tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    refused(name, "unsupported extension", ".jsonl .parquet .csv .tsv", files={"en": tmp_path / name})


def test_neither_or_both_of_files_and_file(refused, write, tmp_path):
    path = write("en.jsonl", [GOOD])
    refused("corpus.files={en: PATH, fi: PATH}", "corpus.file=PATH", "neither is given")
    refused("corpus.files.fi names no file", files={"en": "x.jsonl", "fi": []})
    refused("has to be a mapping", "or one path with {language} in it", files="x.jsonl")
    refused("there is no such file", files=str(tmp_path / "{language}.csv"))
    refused("corpus.files", "both are given", files={"en": path}, file=path, columns={"language": "language"})


def test_files_that_are_no_mapping_or_name_no_file(refused, write):
    refused("corpus.files=en.jsonl", "{en: PATH, fi: PATH}", files="en.jsonl")
    refused("corpus.files.en", files={"en": None})


@pytest.mark.parametrize("row", [{"query": "q"}, GOOD | {"id": None}, GOOD | {"id": ""}, GOOD | {"id": " "}])
def test_row_without_an_id(refused, write, row):
    refused("en.jsonl, line 2: ", "no id", "'id'", files={"en": write("en.jsonl", [GOOD, row])})


def test_id_that_is_no_name(refused, write):
    refused("line 1: ", "no id", "1.5", files={"en": write("en.jsonl", [GOOD | {"id": 1.5}])})
    refused("line 1: ", "no id", "True", files={"en": write("en.jsonl", [GOOD | {"id": True}])})


def test_empty_id_in_csv_and_parquet(refused, write):
    rows = [GOOD, GOOD | {"id": None}]
    refused("en.csv, line 3: ", "no id", files={"en": write("en.csv", rows)})
    refused("en.parquet, row 2: ", "no id", files={"en": write("en.parquet", rows)})


def test_duplicate_id(refused, write):
    rows = [GOOD, GOOD | {"id": "b"}, GOOD]
    refused("en.jsonl, line 3: ", "'a'", "'en'", "line 1", files={"en": write("en.jsonl", rows)})


def test_duplicate_id_in_a_file_of_several_languages(refused, write):
    rows = [GOOD | {"lang": "en"}, GOOD | {"lang": "fi"}, GOOD | {"lang": "fi"}]
    path = write("all.tsv", rows)
    refused("all.tsv, line 4: ", "'a'", "'fi'", "line 3", file=path, columns={"language": "lang"})


@pytest.mark.parametrize("text", ["", " ", "\n\u3000\t"])
@pytest.mark.parametrize("side", ["query", "passage"])
def test_empty_text(refused, write, side, text):
    rows = [GOOD, GOOD | {"id": "b", side: text}]
    refused("en.jsonl, line 2: ", f"'{side}'", "'b'", "empty", files={"en": write("en.jsonl", rows)})


def test_text_that_is_no_string(refused, write):
    rows = [GOOD | {"passage": ["p"] * 99}]
    refused("en.jsonl, line 1: ", "'passage'", "'a'", "['p', 'p',", "…", files={"en": write("en.jsonl", rows)})
    refused("line 1: ", "'query'", "5", files={"en": write("en.jsonl", [GOOD | {"query": 5}])})


def test_half_a_surrogate_pair(refused, write):
    line = '{"id": "a", "query": "\\ud83d", "passage": "p"}'
    refused("en.jsonl, line 1: ", "'query'", "surrogate", files={"en": write("en.jsonl", line)})
    refused("line 1: ", "'id'", files={"en": write("en.jsonl", line.replace('"a"', '"\\ud83d"'))})


def test_unknown_language_of_a_file(refused, write):
    refused("'german'", "did you mean 'de'", files={"german": write("en.jsonl", [GOOD])})


def test_unknown_language_in_a_row(refused, write):
    path = write("all.csv", [GOOD | {"lang": "en"}, GOOD | {"lang": "ger"}])
    refused("all.csv, line 3: ", "'ger'", file=path, columns={"language": "lang"})


def test_row_without_a_language(refused, write):
    path = write("all.jsonl", [GOOD | {"lang": "en"}, GOOD | {"lang": None}])
    refused("all.jsonl, line 2: ", "no language", "'lang'", file=path, columns={"language": "lang"})


def test_cut_off_json(refused, write):
    content = '{"id": "a", "query": "q", "passage": "p"}\n{"id": "b", "query'
    refused("en.jsonl, line 2: ", "not JSON", "column 13", files={"en": write("en.jsonl", content)})


@pytest.mark.parametrize("content", ["[1, 2]", '"text"', "null", '[{"id": "a"}]'])
def test_row_that_is_no_object(refused, write, content):
    refused("en.jsonl, line 1: ", "object", files={"en": write("en.jsonl", content)})


def test_not_utf_8(refused, write):
    refused("en.jsonl, line 1: ", "UTF-8", files={"en": write("en.jsonl", b'{"id": "\xff"}\n')})
    refused("en.csv, line 2: ", "UTF-8", files={"en": write("en.csv", b"id,query,passage\n\xff,q,p\n")})


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_cut_off_gzip(refused, write, kind):
    path = write(f"en.{kind}.gz", [GOOD | {"id": str(number), "query": f"q{number**9}"} for number in range(2000)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(f"en.{kind}.gz", "gzip data is cut off", files={"en": path})


def test_gz_that_is_no_gzip(refused, tmp_path):
    path = tmp_path / "en.jsonl.gz"
    path.write_bytes(b'{"id": "a"}')
    refused("en.jsonl.gz, line 1: ", "gzip", files={"en": path})


def test_damaged_gzip(refused, tmp_path):
    content = bytearray(gzip.compress(b'{"id": "a", "query": "q"}\n' * 100))
    content[-6] ^= 1
    path = tmp_path / "en.jsonl.gz"
    path.write_bytes(bytes(content))
    refused("en.jsonl.gz", files={"en": path})


def test_cut_off_parquet(refused, write):
    path = write("en.parquet", [GOOD])
    path.write_bytes(path.read_bytes()[:-10])
    refused("en.parquet", "not Parquet, cut off or damaged", files={"en": path})


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("id,query,passage\na,q\n", ["line 2: ", "2 cells under a header of 3"]),
        ('id,query,passage\na,"two\nlines",p\n\nb,q,p,r\n', ["line 5: ", "4 cells under a header of 3"]),
        ('id,query,passage\na,"q,p\nb,c', ["line 2: ", "unexpected end of data"]),
        ("id,query,query\na,q,p\n", ["line 1: ", "twice"]),
    ],
)
def test_broken_csv(refused, write, content, parts):
    refused("en.csv", *parts, files={"en": write("en.csv", content)})


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_mapped_column_that_nothing_has(refused, write, kind):
    path = write(f"en.{kind}", [GOOD])
    for role in ("id", "query", "passage", "group"):
        refused(path, "column 'nope'", "columns: id query passage", files={"en": path}, columns={role: "nope"})
    refused(path, "column 'nope'", file=path, columns={"language": "nope"})


def test_column_that_one_file_seems_to_misspell(refused, write):
    good, bad = write("en.jsonl", [GOOD]), write("fi.jsonl", [{"id": "a", "query": "q", "pasage": "p"}])
    refused("fi.jsonl", "'passage'", "did you mean 'pasage'", files={"en": good, "fi": bad})


def test_file_without_queries_and_passages(refused, write):
    good, bad = write("en.jsonl", [GOOD]), write("fi.jsonl", [{"id": "a", "frage": "q"}])
    refused("fi.jsonl", "'query'", "columns: id frage", files={"en": good, "fi": bad})


def test_group_that_differs_between_languages(refused, write):
    en, fi = write("en.jsonl", [GOOD | {"g": "1"}]), write("fi.jsonl", [GOOD | {"g": "2"}])
    columns = {"group": "g"}
    refused("fi.jsonl, line 1: ", "'a'", "'2'", "'1'", "'en'", files={"en": en, "fi": fi}, columns=columns)


@pytest.mark.parametrize(
    ("name", "content"), [("en.jsonl", ""), ("en.jsonl.gz", "\n"), ("en.csv", ""), ("en.tsv", "id\tquery\tpassage\n")]
)
def test_no_rows(refused, write, name, content):
    refused(name, "no rows", files={"en": write(name, content)})


def test_empty_parquet(refused, write):
    refused("en.parquet", "no rows", files={"en": write("en.parquet", [])})


def test_language_that_the_data_lack(refused, write):
    path = write("en.jsonl", [GOOD | {"lang": "en"}])
    refused("'de'", "no file", "has: en", files={"en": path}, languages=["en", "de"])
    refused("en.jsonl", "'de'", "has: en", file=path, languages=["en", "de"], columns={"language": "lang"})


@pytest.mark.parametrize("languages", [[], ["en", "en"], "en"])
def test_languages_that_are_no_list_of_different_ones(refused, write, languages):
    refused(f"languages={languages}", "[de, en]", files={"en": write("en.jsonl", [GOOD])}, languages=languages)


def test_column_mappings_that_contradict_the_rest(refused, write):
    path = write("en.jsonl", [GOOD])
    refused("corpus.columns.passages", "known: id query", files={"en": path}, columns={"passages": "p"})
    refused("corpus.columns.query", files={"en": path}, columns={"query": None})
    refused("corpus.columns.language", file=path)
    refused("corpus.columns.language", "corpus.file", files={"en": path}, columns={"language": "lang"})


@pytest.mark.parametrize("fraction", [-0.1, 1.1, "much"])
def test_validation_fraction_out_of_range(refused, write, fraction):
    refused(
        f"validation_fraction={fraction}",
        "from 0 to 1",
        files={"en": write("en.jsonl", [GOOD])},
        validation_fraction=fraction,
    )


def test_unknown_split(refused, write):
    refused("'test'", "train validation", files={"en": write("en.jsonl", [GOOD])}, split="test")
