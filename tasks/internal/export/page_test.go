package export

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// What a platform sent is text on the page, whatever it is; nothing on it runs or is fetched.
func TestPageHoldsTextAlone(t *testing.T) {
	d := Document{At: time.Date(2026, 3, 30, 4, 0, 0, 0, time.UTC), Records: []Record{
		{Kind: "customer", Record: json.RawMessage(`{"first_name":"<script>alert(1)</script>","tags":["a","b"],` +
			`"n":1.50,"gone":null}`)},
		{Kind: "customer", Record: json.RawMessage(`"torn {"`)},
	}}
	page, err := d.Page()
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, want := range []string{"&lt;script&gt;alert(1)", "[&#34;a&#34;,&#34;b&#34;]", "1.50", "30 March 2026, 04:00", "torn {",
		"default-src &#39;none&#39;"} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.ReplaceAll(want, "&#39;", "'")) {
			t.Errorf("lacks %q", want)
		}
	}
	for _, never := range []string{"<script", "http:", "https:", "src=", "gone"} {
		if strings.Contains(text, never) {
			t.Errorf("has %q", never)
		}
	}
}
