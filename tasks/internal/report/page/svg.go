package page

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/go-analyze/charts"
)

// The library bakes colours in. It is given colours that nobody would choose, and in the page each is a class of the style, so
// that one drawing does for light, dark and paper.
var (
	ink    = charts.Color{R: 1, G: 1, B: 1, A: 255}
	grid   = charts.Color{R: 1, G: 1, B: 2, A: 255}
	series = []charts.Color{{R: 1, G: 2, B: 1, A: 255}, {R: 1, G: 2, B: 2, A: 255}, {R: 1, G: 2, B: 3, A: 255},
		{R: 1, G: 2, B: 4, A: 255}}

	theme = charts.MakeTheme(charts.ThemeOption{}).WithSeriesColors(series).WithTextColor(ink).WithLabelTextColor(ink).
		WithBackgroundColor(charts.ColorTransparent).WithAxisSplitLineColor(grid).WithXAxisColor(grid).
		WithYAxisColor(charts.ColorTransparent)

	classes = []struct{ style, class string }{
		{"fill:rgb(1,2,1)", "s1"}, {"fill:rgb(1,2,2)", "s2"}, {"fill:rgb(1,2,3)", "s3"}, {"fill:rgb(1,2,4)", "s4"},
		{"fill:rgb(1,1,1)", "ink"}, {"stroke:rgb(1,1,2)", "grid"},
	}
)

// theme returns a colour for each of the chart's series. From the fifth on, the colours come again.
func (c Chart) theme() charts.ColorPalette {
	colors := make([]charts.Color, max(1, len(c.Values)))
	for i := range colors {
		colors[i] = series[c.Colour(i)]
	}
	return theme.WithSeriesColors(colors)
}

// Colour returns the place of a series' colour. Elsewhere the series are platforms, the parts of a whole. Bars side by side are
// not, so they begin with the third colour.
func (c Chart) Colour(i int) int {
	if c.Beside {
		i += 2
	}
	return i % len(series)
}

// Drawing is a chart as the page writes it: lines, bars and texts, each with a class of the style.
type Drawing struct {
	ViewBox string
	Shapes  []Shape
}

// Shape is a path, or where it has a text, the text.
type Shape struct {
	Class, Path, X, Y, Text string
}

// drawingOf takes what can be seen out of the library's SVG. Whatever else is in it does not come through.
func drawingOf(svg []byte) (Drawing, error) {
	var in struct {
		ViewBox string `xml:"viewBox,attr"`
		Shapes  []struct {
			XMLName xml.Name
			D       string `xml:"d,attr"`
			X       string `xml:"x,attr"`
			Y       string `xml:"y,attr"`
			Style   string `xml:"style,attr"`
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal(svg, &in); err != nil {
		return Drawing{}, err
	}
	out := Drawing{ViewBox: in.ViewBox}
	for _, s := range in.Shapes {
		if strings.HasPrefix(s.Style, "stroke:none;fill:none") {
			continue // ground and axes that are not shown
		}
		class := classOf(s.Style)
		if class == "" || s.XMLName.Local != "path" && s.XMLName.Local != "text" {
			return Drawing{}, fmt.Errorf("the library drew a %s with the style %q", s.XMLName.Local, s.Style)
		}
		out.Shapes = append(out.Shapes, Shape{class, strings.ReplaceAll(s.D, "\n", ""), s.X, s.Y, s.Text})
	}
	return out, nil
}

func classOf(style string) string {
	for _, c := range classes {
		if strings.Contains(style, c.style) {
			return c.class
		}
	}
	return ""
}
