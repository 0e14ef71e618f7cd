package text

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0 readings", 1: "1 reading", 2: "2 readings", 1000: "1000 readings"} {
		if got := Count(n, "reading"); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
		if got := Count(int(n), "reading"); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
