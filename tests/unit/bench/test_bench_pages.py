"""One page with everything in it."""

from benchmarks.pages import Section, figure, page, png


def test_a_page_holds_its_plots_and_escapes_text():
    made, (axis,) = figure()
    axis.plot([1, 2], [1, 2])
    drawn = png(made)
    assert drawn.startswith(b"\x89PNG")
    html = page(
        "a < b", "koemado bench", [Section(heading="h", text="x & y", plot=drawn, heads=["n"], rows=[[0.5], ["<"]])]
    )
    text = html.decode()
    assert "data:image/png;base64," in text
    assert "a &lt; b" in text
    assert "x &amp; y" in text
    assert "<td>0.5</td>" in text
    assert 'src="http' not in text


def test_a_plot_is_the_same_every_time():
    def draw() -> bytes:
        made, (axis,) = figure()
        axis.bar([0, 1], [1, 2])
        return png(made)

    assert draw() == draw()
