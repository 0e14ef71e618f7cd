package lake

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestNewest(t *testing.T) {
	result := func(reading string, contract int64) Found[Result] {
		return Found[Result]{Manifest: Result{Reading: reading, Rank: Rank{Contract: contract, Source: 1, Key: 1}}}
	}
	got := Newest([]Found[Result]{result("b", 2), result("a", 1), result("b", 10), result("b", 3), result("c", 1),
		result("a", 1)})
	if want := []Found[Result]{result("b", 10), result("a", 1), result("c", 1)}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Newest(nil); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

// TestNewestOfAnyOrder: each reading is there once, at a rank that no other result of it exceeds.
func TestNewestOfAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Int64Range(1, 12)
		results := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Found[Result] {
			return Found[Result]{Manifest: Result{
				Reading: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "reading"),
				Rank:    Rank{part.Draw(t, "contract"), part.Draw(t, "source"), part.Draw(t, "key")},
			}}
		})).Draw(t, "results")
		newest := map[string]Rank{}
		for _, f := range Newest(results) {
			if _, twice := newest[f.Manifest.Reading]; twice {
				t.Fatalf("%s is there twice", f.Manifest.Reading)
			}
			newest[f.Manifest.Reading] = f.Manifest.Rank
		}
		for _, r := range results {
			if rank, ok := newest[r.Manifest.Reading]; !ok || rank.Compare(r.Manifest.Rank) < 0 {
				t.Fatalf("%s has %v, and there is %v", r.Manifest.Reading, rank, r.Manifest.Rank)
			}
		}
		if shuffled := rapid.Permutation(results).Draw(t, "shuffled"); len(Newest(shuffled)) != len(newest) ||
			slices.ContainsFunc(Newest(shuffled),
				func(f Found[Result]) bool { return newest[f.Manifest.Reading] != f.Manifest.Rank }) {
			t.Fatal("the order shows")
		}
	})
}
