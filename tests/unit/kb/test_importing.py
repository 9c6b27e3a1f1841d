import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from kb.articles import Article, Step
from kb.errors import ImportRejected, UnreadableFile
from kb.exporting import to_csv, to_yaml
from kb.importing import read_articles

GOOD = """\
- id: return-period
  title: 返品の期限
  category: 返品
  variants: [返品は何日以内ですか, いつまで返せるの]
  answer: 14日以内です。
  steps: [箱に入れます, {text: E1を確認, reading: いーいちをかくにん}]
  readings: {E1: いーいち}
  safety: true
  valid_from: 2026-01-02
"""
ARTICLE = Article(
    id="return-period",
    title="返品の期限",
    category="返品",
    variants=("返品は何日以内ですか", "いつまで返せるの"),
    answer="14日以内です。",
    steps=(Step(text="箱に入れます"), Step(text="E1を確認", reading="いーいちをかくにん")),
    readings={"E1": "いーいち"},
    safety=True,
    valid_from=date(2026, 1, 2),
)
CSV = "id,title,category,variants,answer\n"


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def bad_rows(folder, name, content):
    with pytest.raises(ImportRejected) as caught:
        read_articles(write(folder, name, content))
    return [(row.line, row.message) for row in caught.value.rows]


def test_yaml(tmp_path):
    assert read_articles(write(tmp_path, "a.yaml", GOOD)) == (ARTICLE,)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_csv_in_every_encoding_excel_writes(tmp_path, encoding):
    assert read_articles(write(tmp_path, "a.csv", to_csv([ARTICLE]).encode(encoding))) == (ARTICLE,)


def test_csv_with_japanese_headings_and_bars(tmp_path):
    text = "ID,タイトル,分類,質問,回答,安全,開始日\nx,題,類,一つ|二つ｜三つ,答え,はい,2026/4/1\n"
    (found,) = read_articles(write(tmp_path, "a.csv", text.encode("cp932")))
    assert found.variants == ("一つ", "二つ", "三つ")
    assert found.safety
    assert found.valid_from == date(2026, 4, 1)


def test_tabs_as_excel_copies_them(tmp_path):
    (found,) = read_articles(
        write(tmp_path, "a.csv", (CSV + "x,題,類,問い,答え\n").replace(",", "\t").encode("utf-16"))
    )
    assert found.answer == "答え"


def test_every_bad_row_is_named_by_its_line(tmp_path):
    text = (
        CSV
        + 'a,題,類,問い,答え\n"b","題","類","問い\n二つ目","答え"\nあ,題,類,問い,答え\nd,,類,,答え\na,題,類,問い,答え\n'
    )
    assert bad_rows(tmp_path, "a.csv", text) == [
        (5, "id: use ASCII letters, digits and hyphens, at most 64, e.g. return-period"),
        (6, "title: is missing"),
        (6, "variants: is missing"),
        (7, "id: a stands already in line 2"),
    ]


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        ("valid_from: 2026-13-01", 1, "valid_from: write a day as 2026-11-22, not '2026-13-01'"),
        ("valid_until: 2025-01-01", 1, "valid_until lies before valid_from"),
        ("colour: red", 1, "colour: is no field of an article"),
        ("answer_reading: 漢字", 1, "answer_reading: a reading is written in kana only, not '漢字'"),
        (
            "authority_up_to_yen: -1",
            1,
            "authority_up_to_yen: write whole yen from 0 to 100,000,000, such as 3000 or 3,000円, not -1",
        ),
        ("version: 0", 1, "version: Input should be greater than or equal to 1"),
    ],
)
def test_yaml_problems(tmp_path, change, line, message):
    assert bad_rows(tmp_path, "a.yaml", f"{GOOD}  {change}\n") == [(line, message)]


def test_a_variant_twice(tmp_path):
    text = GOOD.replace("いつまで返せるの", "返品は何日以内ですか")
    assert bad_rows(tmp_path, "a.yaml", text)[0][1].endswith("stands there twice")


def test_yaml_items_that_are_no_article(tmp_path):
    assert [line for line, _ in bad_rows(tmp_path, "a.yaml", GOOD + "- 5\n- [1]\n")] == [10, 11]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.yaml", "- id: [", "no valid YAML: line 1"),
        ("a.yaml", "id: x", "must be a list"),
        ("a.yaml", "", "holds no article"),
        ("a.csv", "", "missing: answer"),
        ("a.csv", CSV, "holds no article"),
        ("a.csv", CSV + 'x,"open\n', "no valid CSV: line"),
        ("a.csv", "id,title\n", "missing: answer, category, variants"),
        ("a.csv", "id,title,category,variants,answer,colour\n", "unknown columns: colour"),
        ("a.csv", b"\xff\xfe\x00", "neither UTF-8, UTF-16 nor Shift_JIS"),
        ("a.csv", b"\x81\x00\xfd\xff", "neither UTF-8, UTF-16 nor Shift_JIS"),
        ("a.txt", "x", "use .yaml or .csv"),
    ],
)
def test_unreadable_files(tmp_path, name, content, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read_articles(write(tmp_path, name, content))


def test_a_missing_file(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read_articles(tmp_path / "no.csv")


def test_cells_beyond_the_last_column_are_not_dropped_silently(tmp_path):
    assert "no field" in bad_rows(tmp_path, "a.csv", CSV + "x,題,類,問い,答え,余り\n")[0][1]


@pytest.mark.parametrize(
    ("cell", "steps"),
    [
        ("https://a.jp/?q=1 を開きます", [Step(text="https://a.jp/?q=1 を開きます")]),
        ("E1を確認=いーいちをかくにん", [Step(text="E1を確認", reading="いーいちをかくにん")]),
        ("x=1を確認=えっくす", [Step(text="x=1を確認", reading="えっくす")]),
        (r"あ\=い", [Step(text="あ=い")]),
        (r"一\|二|三", [Step(text="一|二"), Step(text="三")]),
        (r"\\=いち", [Step(text="\\", reading="いち")]),
        (r"C:\tools を開く", [Step(text=r"C:\tools を開く")]),
        ("1+1=?", [Step(text="1+1=?")]),
    ],
)
def test_steps_in_a_cell(tmp_path, cell, steps):
    text = f'id,title,category,variants,answer,steps\nx,題,類,問い,答え,"{cell}"\n'
    assert list(read_articles(write(tmp_path, "a.csv", text))[0].steps) == steps


def test_headings_in_full_width_letters(tmp_path):
    text = "ＩＤ,ﾀｲﾄﾙ,　分類,質問,回答\nx,題,類,問い,答え\n"
    assert read_articles(write(tmp_path, "a.csv", text))[0].title == "題"


def test_semicolons_as_some_excels_write_them(tmp_path):
    (found,) = read_articles(write(tmp_path, "a.csv", CSV.replace(",", ";") + "x;題;類;問い;はい、14日,以内です\n"))
    assert found.answer == "はい、14日,以内です"


@pytest.mark.parametrize("day", ["2026年1月5日", "2026/1/5", "２０２６年１月５日", "2026-01-05", " 2026年01月05日 "])
def test_days_as_people_write_them(tmp_path, day):
    text = f"{CSV.strip()},開始日\nx,題,類,問い,答え,{day}\n"
    assert read_articles(write(tmp_path, "a.csv", text))[0].valid_from == date(2026, 1, 5)


@pytest.mark.parametrize("day", ["2026年13月5日", "1月5日", "2026年1月5日ごろ"])
def test_days_that_are_none(tmp_path, day):
    rows = bad_rows(tmp_path, "a.csv", f"{CSV.strip()},開始日\nx,題,類,問い,答え,{day}\n")
    assert rows == [(2, f"valid_from: write a day as 2026-11-22, not {day!r}")]


def csv_with_amount(folder, amount):
    return write(folder, "a.csv", f'{CSV.strip()},権限,権限の上限額\nx,題,類,問い,答え,送料分の返金,"{amount}"\n')


@pytest.mark.parametrize(
    ("amount", "yen"),
    [
        ("3000", 3000),
        ("3,000円", 3000),
        ("３０００", 3000),
        ("￥１，２３４，５６７ 円", 1_234_567),
        ("¥ 500", 500),
        ("3,000.00", 3000),  # as a sheet writes a currency
        ("0", 0),
        ("", None),
        ("　", None),
    ],
)
def test_amounts_as_people_write_them(tmp_path, amount, yen):
    (found,) = read_articles(csv_with_amount(tmp_path, amount))
    assert (found.authority, found.authority_up_to_yen) == ("送料分の返金", yen)


@pytest.mark.parametrize(
    "amount", ["-500", "－５００", "△500", "1.5", "3,00", "三千円", "3000円まで", "100,000,001", "9" * 5000, "nan"]
)
def test_amounts_that_are_none(tmp_path, amount):
    ((line, message),) = bad_rows(tmp_path, "a.csv", csv_with_amount(tmp_path, amount).read_bytes())
    assert line == 2
    assert message.startswith("authority_up_to_yen: write whole yen from 0 to 100,000,000")


@pytest.mark.parametrize(
    ("amount", "yen"), [("3000", 3000), ("3000.0", 3000), ("'3,000円'", 3000), ("0", 0), ("", None)]
)
def test_amounts_in_yaml(tmp_path, amount, yen):
    (found,) = read_articles(write(tmp_path, "a.yaml", f"{GOOD}  authority_up_to_yen: {amount}\n"))
    assert found.authority_up_to_yen == yen


@pytest.mark.parametrize("amount", ["-1", "0.5", "true", "[3000]", ".inf"])
def test_amounts_in_yaml_that_are_none(tmp_path, amount):
    ((line, message),) = bad_rows(tmp_path, "a.yaml", f"{GOOD}  authority_up_to_yen: {amount}\n")
    assert (line, message.partition(":")[0]) == (1, "authority_up_to_yen")


@pytest.mark.parametrize("kind", ["yaml", "csv"])
def test_an_amount_of_nothing_is_not_the_same_as_none(tmp_path, kind):
    nothing = replace(ARTICLE, authority="お詫びのみ", authority_up_to_yen=0)
    text = (to_yaml if kind == "yaml" else to_csv)([nothing])
    assert read_articles(write(tmp_path, f"a.{kind}", text)) == (nothing,)


def test_two_columns_that_mean_the_same(tmp_path):
    with pytest.raises(UnreadableFile, match="two columns for title: title and タイトル, keep one"):
        read_articles(write(tmp_path, "a.csv", CSV.strip() + ",タイトル\nx,題,類,問い,答え,別の題\n"))


def test_all_that_is_wrong_with_the_headings_at_once(tmp_path):
    with pytest.raises(UnreadableFile) as caught:
        read_articles(write(tmp_path, "a.csv", "id,title,colour,分類,category,questions\n"))
    for words in ("missing: answer, variants", "unknown columns: colour, questions", "分類 and category"):
        assert words in str(caught.value)


@pytest.mark.parametrize("cell", ["E1", "E2=いーに|E1", r"E1\=いーいち"])
def test_a_readings_cell_without_its_sign(tmp_path, cell):
    ((line, message),) = bad_rows(tmp_path, "a.csv", f"{CSV.strip()},読み\nx,題,類,問い,答え,{cell}\n")
    assert line == 2
    assert message.startswith("readings: write word=kana")


def test_a_line_break_within_a_step_is_a_space(tmp_path):
    text = to_csv([replace(ARTICLE, steps=(Step(text="箱に\n入れます"),))])
    assert read_articles(write(tmp_path, "a.csv", text))[0].steps == (Step(text="箱に 入れます"),)


signs = st.sampled_from("=|｜\\,\"';\t \n#:-？")
words = (
    st.text(st.characters(codec="utf-8", categories=("L", "N")) | signs, max_size=12)
    .map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))  # as every import leaves it
    .filter(bool)
)
kana = st.text(st.sampled_from("あいうかきくんーア？、"), min_size=1, max_size=8).filter(
    lambda text: text.strip("？、")
)
articles = st.builds(
    Article,
    id=st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True),
    title=words,
    category=words,
    variants=st.lists(words, min_size=1, max_size=4, unique=True).map(tuple),
    answer=words,
    answer_reading=st.none() | kana,
    steps=st.lists(st.builds(Step, text=words, reading=st.none() | kana), max_size=3).map(tuple),
    readings=st.dictionaries(words, kana, max_size=2),
    tip=st.none() | words,
    staff_note=st.none() | words,
    authority=st.none() | words,
    authority_up_to_yen=st.none() | st.integers(0, 100_000_000),
    safety=st.booleans(),
    valid_from=st.none() | st.dates(date(2020, 1, 1), date(2025, 1, 1)),
    valid_until=st.none() | st.dates(date(2025, 1, 1), date(2030, 1, 1)),
    version=st.integers(1, 9),
)


@tries(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    found=st.lists(articles, min_size=1, max_size=3, unique_by=lambda a: a.id), kind=st.sampled_from(["yaml", "csv"])
)
def test_what_is_exported_comes_back_unchanged(tmp_path, found, kind):
    text = (to_yaml if kind == "yaml" else to_csv)(found)
    assert read_articles(write(tmp_path, f"a.{kind}", text)) == tuple(found)
