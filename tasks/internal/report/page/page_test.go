package page

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// hostile are texts that would do something in a page that did not take them for text.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "</style><script>1</script>",
	"</title></svg><script>1</script>",
	"\u202egnp.exe\u2066", "]]><x>", "javascript:alert(1)", "{{.Title}}", "\x00\x08", strings.Repeat("long ", 100) + "<b>",
}

// tags are the elements that a page is made of.
var tags = strings.Fields(`!doctype html head meta link title style body header main footer section figure figcaption details
	summary h1 h2 h3 p span bdi strong ul li dl dt dd div svg path text table caption thead tbody tfoot tr th td`)

func filled(text string) Page {
	table := Table{Caption: text, Head: []string{text, text}, Text: 1, Rows: [][]string{{text, text}, {text, text}},
		Foot: []string{text, text}}
	chart := Chart{
		ID: "c", Title: text, Note: text, Rows: true, Series: []string{text, text}, Labels: []string{text, text + "2"},
		Values: [][]float64{{1, 2}, {3, 4}}, Format: func(v float64) string { return Count(int64(v)) }, Table: table,
	}
	columns, none := chart, chart
	columns.Rows, columns.Beside = false, true
	none.Values, none.Table = nil, Table{Empty: text}
	return Page{
		Title: text, Days: text, State: NotInOrder, Headline: text, More: 3,
		Findings: []Finding{{Where: text, Title: text, What: text, Next: text, Dates: text}, {Warning: true}},
		Cards:    []Card{{text, text, text, &Change{text, text}}}, Compare: text, Charts: []Chart{chart, columns, none},
		Run: []Section{{"run", text, text, []Table{table, {Empty: text}}}}, Footer: []string{text},
	}
}

// Whatever a text holds, the page is made of its own elements, as many of each, and their own attributes.
func TestHostileTextsDoNothing(t *testing.T) {
	element := regexp.MustCompile(`<(/?[!a-zA-Z][a-zA-Z0-9]*)([^>]*)>`)
	attributes := regexp.MustCompile(`\s([a-zA-Z-]+)="[^"<]*"`)
	shape := func(text string) (map[string]int, string) {
		out, err := Write(filled(text))
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(out), "<body>")
		seen := map[string]int{}
		for _, m := range element.FindAllStringSubmatch(body, -1) {
			name := strings.TrimPrefix(m[1], "/")
			if !slices.Contains(tags, name) {
				t.Errorf("%q: an element %s", text, m[0])
			}
			if rest := strings.Trim(attributes.ReplaceAllString(m[2], ""), " /"); rest != "" {
				t.Errorf("%q: beside the attributes of <%s>: %s", text, name, rest)
			}
			for _, a := range attributes.FindAllStringSubmatch(m[2], -1) {
				seen["@"+a[1]]++
			}
			seen[m[1]]++
		}
		for name := range seen {
			if strings.HasPrefix(name, "@on") || name == "@src" || name == "@href" {
				t.Errorf("%q: an attribute %s", text, name)
			}
		}
		return seen, string(out)
	}
	want, _ := shape("plain")
	for _, text := range hostile {
		got, out := shape(text)
		delete(got, "text")  // a label of nothing but what cannot be seen is not drawn
		delete(got, "/text") // …
		expected := maps.Clone(want)
		delete(expected, "text")
		delete(expected, "/text")
		for _, a := range []string{"@x", "@y", "@class"} {
			delete(got, a)
			delete(expected, a)
		}
		if !maps.Equal(got, expected) {
			t.Errorf("%q changes the page: %v, want %v", text, got, expected)
		}
		if strings.Count(out, "Content-Security-Policy") != 1 ||
			!strings.Contains(out, `content="default-src &#39;none&#39;; style-src`) &&
				!strings.Contains(out, `content="default-src 'none'; style-src`) {
			t.Errorf("%q: the policy is not there", text)
		}
	}
}

// The page refers to nothing outside of itself.
func TestSelfContained(t *testing.T) {
	out, err := Write(filled("plain"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"http:", "https:", "//", "url(", "@import", "<script", "src="} {
		if strings.Contains(strings.ReplaceAll(string(out), "http-equiv", ""), word) {
			t.Errorf("the page holds %q", word)
		}
	}
	for _, word := range []string{"prefers-color-scheme: dark", "@media print", `<html lang="en">`, `role="img"`, "<caption>"} {
		if !strings.Contains(string(out), word) {
			t.Errorf("the page has no %q", word)
		}
	}
}

func texts(d Drawing, class string) (out []string) {
	for _, s := range d.Shapes {
		if s.Path == "" && (class == "" || s.Class == class) {
			out = append(out, s.Text)
		}
	}
	return out
}

// The number at a row's end is the row's own: of all its parts, the first category on top.
func TestRowsEndInTheirTotals(t *testing.T) {
	c := Chart{
		Rows: true, Labels: []string{"one", "two", "three"}, Values: [][]float64{{100, 20, 3}, {11, 2, 0}},
		Format: func(v float64) string { return fmt.Sprint(v) },
	}
	d, err := c.draw()
	if err != nil {
		t.Fatal(err)
	}
	y := map[string]string{}
	for _, s := range d.Shapes {
		y[s.Text] = s.Y
	}
	if got := texts(d, "end"); !slices.Equal(got, []string{"one", "two", "three"}) {
		t.Errorf("from the top: %v", got)
	}
	for label, total := range map[string]string{"one": "111", "two": "22", "three": "3"} {
		var at, of int
		fmt.Sscan(y[label], &at)
		fmt.Sscan(y[total], &of)
		if y[total] == "" || max(at-of, of-at) > 3 {
			t.Errorf("%s is at %s, and its total %s at %q", label, y[label], total, y[total])
		}
	}
	if c.Labels[0] != "one" || c.Values[0][0] != 100 {
		t.Errorf("drawing changed the chart: %v %v", c.Labels, c.Values)
	}
}

// Many bars have an axis instead of a number each, and fewer labels than bars.
func TestManyColumns(t *testing.T) {
	c := Chart{Values: make([][]float64, 1), Format: func(v float64) string { return Count(int64(v)) }}
	for i := range 45 {
		c.Labels, c.Values[0] = append(c.Labels, fmt.Sprintf("d%d", i)), append(c.Values[0], float64(40_000+i))
	}
	d, err := c.draw()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(texts(d, "middle")); n < 3 || n > 15 {
		t.Errorf("%d dates are named", n)
	}
	if n := len(texts(d, "end")); n < 2 || n > 6 {
		t.Errorf("%d numbers at the axis: %v", n, texts(d, "end"))
	}
}

// More series than there are colours have the first ones' again, in the chart and in its legend.
func TestManySeries(t *testing.T) {
	p := filled("plain")
	c := Chart{ID: "many", Rows: true, Labels: []string{"one", "two"}, Format: func(v float64) string { return fmt.Sprint(v) }}
	for i := range 9 {
		c.Series, c.Values = append(c.Series, fmt.Sprint("platform ", i)), append(c.Values, []float64{1, float64(1 + i)})
	}
	beside := c
	beside.Beside = true
	for times, c := range map[int]Chart{3: c, 2: beside} { // side by side they begin with the third colour
		p.Charts = []Chart{c}
		out, err := Write(p)
		if err != nil {
			t.Fatal(err)
		}
		bars, swatches := strings.Count(string(out), `<path class="s1"`), strings.Count(string(out), `class="swatch s0"`)
		if bars != 2*times || swatches != times || strings.Contains(string(out), "swatch s4") {
			t.Errorf("%d bars and %d entries of the legend have the first colour", bars, swatches)
		}
	}
}

// Where a number is not known there is no bar, and the others are as they would be.
func TestUnknownNumbers(t *testing.T) {
	c := Chart{ID: "c", Labels: []string{"one", "two", "three"}, Values: [][]float64{{5, math.NaN(), 7}},
		Format: func(v float64) string { return fmt.Sprint(v) }}
	d, err := c.draw()
	if err != nil {
		t.Fatal(err)
	}
	whole := c
	whole.Values = [][]float64{{5, 6, 7}}
	all, err := whole.draw()
	if err != nil {
		t.Fatal(err)
	}
	shapes := func(d Drawing, want func(Shape) bool) (out []Shape) {
		return slices.DeleteFunc(slices.Clone(d.Shapes), func(s Shape) bool { return !want(s) })
	}
	bar := func(s Shape) bool { return s.Class == "s1" }
	got, want := shapes(d, bar), shapes(all, bar)
	if len(got) != 2 || len(want) != 3 || got[0] != want[0] || got[1] != want[2] {
		t.Errorf("bars %v, with the number %v", got, want)
	}
	if numbers := texts(d, "middle"); !slices.Equal(numbers,
		slices.DeleteFunc(texts(all, "middle"), func(s string) bool { return s == "6" })) {
		t.Errorf("texts %v", numbers)
	}
	c.Values = [][]float64{{math.NaN(), math.NaN(), math.NaN()}}
	if !c.empty() {
		t.Error("a chart of which nothing is known is drawn")
	}
}

// What the library draws in a way that the page does not know is a defect, not a hole in the picture.
func TestUnknownShapes(t *testing.T) {
	for _, svg := range []string{
		`<svg viewBox="0 0 1 1"><path d="M 0 0" style="fill:rgb(9,9,9)"/></svg>`,
		`<svg viewBox="0 0 1 1"><image style="fill:rgb(1,1,1)"/></svg>`, `<svg`,
	} {
		if _, err := drawingOf([]byte(svg)); err == nil {
			t.Errorf("%s is taken over", svg)
		}
	}
}
