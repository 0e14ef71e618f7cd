package page

import (
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/go-analyze/charts"
)

// Chart is bars over categories: one bar a category where there is one series, else its parts end to end, or side by side.
type Chart struct {
	ID, Title, Note string
	Rows            bool // the bars lie, one a row; else they stand
	Beside          bool // several series stand side by side
	Series          []string
	Labels          []string    // the categories
	Values          [][]float64 // by series, then category; NaN, which has no bar, where it is not known; none in stacks
	Format          func(float64) string
	Table           Table // the same numbers, exact
}

// The chart's measures, in the units of its view box. It is drawn as wide as its place, which on a phone is a little less.
const (
	chartWidth   = 380
	rowHeight    = 32
	columnHeight = 200
	labelRunes   = 20
	runeWidth    = 7   // about, of a digit
	textSize     = 9.0 // points: 12 of the view box's units
)

func (c Chart) empty() bool {
	for _, values := range c.Values {
		for _, v := range values {
			if v != 0 && !math.IsNaN(v) {
				return false
			}
		}
	}
	return true
}

func (c Chart) draw() (Drawing, error) {
	if c.Rows {
		c.turn()
	}
	o := charts.NewBarChartOptionWithData(c.known())
	stacked := len(c.Values) > 1 && !c.Beside
	o.Theme, o.Horizontal, o.StackSeries = c.theme(), c.Rows, charts.Ptr(stacked)
	o.Legend.Show = charts.Ptr(false)
	o.ValueFormatter = c.Format
	o.CategoryAxis.Labels = shortened(c.Labels)
	o.CategoryAxis.LabelFontStyle.FontSize, o.CategoryAxis.BoundaryGap = textSize, charts.Ptr(true)
	numbers := c.Rows || c.numbersFit()
	o.Padding = charts.Box{Left: 16, Top: 6, Right: 8, Bottom: 4} // on the left, for a font that is wider than the library's
	axis := &o.ValueAxis[0]
	axis.Min, axis.Max = charts.Ptr(0.0), charts.Ptr(c.top(stacked, numbers))
	axis.Show, axis.SplitLineShow = charts.Ptr(!numbers), charts.Ptr(!numbers)
	axis.LabelFontStyle.FontSize = textSize
	axis.ValueFormatter = c.Format
	if numbers {
		o.CategoryAxis.LabelCount = len(c.Labels) // all of them
	} else {
		axis.LabelCount = 4
	}
	o.BarSize = 0.66
	if c.Beside {
		o.BarSize = 0.9
	}
	for i := range o.SeriesList {
		last := i == len(o.SeriesList)-1
		label := &o.SeriesList[i].Label
		label.Show = charts.Ptr(numbers && (last || !stacked))
		label.FontStyle.FontSize, label.FontStyle.FontColor = textSize, ink
		if stacked { // the last part's label is the whole bar's; the library asks for them in the order of the categories
			category := -1
			label.LabelFormatter = func(int, string, float64) (string, *charts.LabelStyle) {
				category++
				return c.Format(c.total(category)), nil
			}
		} else {
			label.ValueFormatter = c.Format
		}
	}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: chartWidth, Height: c.height()})
	if err := p.BarChart(o); err != nil {
		return Drawing{}, err
	}
	svg, err := p.Bytes()
	if err != nil {
		return Drawing{}, err
	}
	d, err := drawingOf(svg)
	if err == nil {
		c.align(&d, func(text string) int {
			return p.MeasureText(text, 0, charts.FontStyle{FontSize: textSize, FontColor: ink}).Width()
		})
	}
	return d, err
}

// numbersFit reports whether each standing bar has room for its number.
func (c Chart) numbersFit() bool {
	longest := 0
	for _, values := range c.Values {
		for _, v := range values {
			if !math.IsNaN(v) {
				longest = max(longest, utf8.RuneCountInString(c.Format(v)))
			}
		}
	}
	return longest*runeWidth*len(c.Labels) <= chartWidth
}

// align anchors texts at the end or in the middle: the library placed them by the widths of its own font.
func (c Chart) align(d *Drawing, width func(string) int) {
	labels := shortened(c.Labels)
	for i := range d.Shapes {
		s := &d.Shapes[i]
		x, err := strconv.Atoi(s.X)
		if s.Path != "" || err != nil {
			continue
		}
		switch category := slices.Contains(labels, s.Text); {
		case c.Rows && category, !c.Rows && !category && !c.numbersFit(): // left of the bars: names, or an axis
			s.Class, s.X = "end", strconv.Itoa(x+width(s.Text))
		case !c.Rows: // below or above a bar
			s.Class, s.X = "middle", strconv.Itoa(x+width(s.Text)/2)
		}
	}
}

// turn reverses the categories, so that the first one is on top: the library begins at the bottom.
func (c *Chart) turn() {
	c.Labels = slices.Clone(c.Labels)
	slices.Reverse(c.Labels)
	values := make([][]float64, len(c.Values))
	for i := range c.Values {
		values[i] = slices.Clone(c.Values[i])
		slices.Reverse(values[i])
	}
	c.Values = values
}

// known returns the values with the library's own sign where a number is not known.
func (c Chart) known() [][]float64 {
	values := make([][]float64, len(c.Values))
	for i := range c.Values {
		values[i] = slices.Clone(c.Values[i])
		for k, v := range values[i] {
			if math.IsNaN(v) {
				values[i][k] = charts.GetNullValue()
			}
		}
	}
	return values
}

func (c Chart) height() int {
	if !c.Rows {
		return columnHeight
	}
	perRow := rowHeight
	if c.Beside {
		perRow = 16 + 18*len(c.Values)
	}
	return 10 + perRow*len(c.Labels)
}

func (c Chart) total(category int) (sum float64) {
	for _, values := range c.Values {
		sum += values[category]
	}
	return sum
}

// top returns the end of the value axis, with room for the number beyond the longest bar.
func (c Chart) top(stacked, numbers bool) float64 {
	most := 0.0
	for i := range c.Labels {
		if stacked {
			most = math.Max(most, c.total(i))
			continue
		}
		for _, values := range c.Values {
			if !math.IsNaN(values[i]) {
				most = math.Max(most, values[i])
			}
		}
	}
	if !numbers {
		return most
	}
	if c.Rows {
		return most * 1.45
	}
	return most * 1.12
}

// shortened cuts labels so that the bars keep most of the width.
func shortened(labels []string) []string {
	out := make([]string, len(labels))
	for i, label := range labels {
		out[i] = Shorten(label, labelRunes)
	}
	return out
}

// Shorten cuts a text to so many characters, the last of which is then an ellipsis.
func Shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}
