package lake

import (
	"fmt"
	"slices"
	"strings"
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

// The result that stands is the newest of those that withhold nothing, or else the newest; below what is taken none stands.
func TestStanding(t *testing.T) {
	// "refused@3" is a result of rank 3; "taken" ones are named by a processed manifest.
	result := func(text string) Found[Result] {
		what, rank, _ := strings.Cut(text, "@")
		r := Result{Reading: "a", Rank: Rank{int64(rank[0] - '0'), 1, 1}}
		switch what {
		case "refused":
			r.Refused, r.Why = true, "all of it"
		case "withheld":
			r.Counts = map[string]ResultCounts{"customer": {Withheld: "some of it"}}
		}
		return Found[Result]{Key: text, Manifest: r}
	}
	for _, c := range []struct{ results, taken, stands, over string }{
		{"whole@1", "", "whole@1", ""},
		{"whole@1 whole@2", "whole@1", "whole@2", ""},
		{"whole@1 refused@2", "", "whole@1", "refused@2"},
		{"whole@1 refused@2", "whole@1", "whole@1", "refused@2"},
		{"whole@1 withheld@2", "", "whole@1", "withheld@2"},
		{"whole@1 withheld@2 refused@3", "", "whole@1", "refused@3"},
		{"whole@1 withheld@2 whole@3", "", "whole@3", ""},
		{"withheld@1 refused@2", "", "refused@2", ""},
		{"refused@1 withheld@2", "refused@1", "withheld@2", ""},
		{"whole@1 refused@2", "refused@2", "refused@2", ""},
		{"whole@1 refused@2 whole@3 withheld@4", "refused@2", "whole@3", "withheld@4"},
		{"whole@1 refused@2 withheld@3", "refused@2", "withheld@3", ""},
	} {
		var results []Found[Result]
		for _, text := range strings.Fields(c.results) {
			results = append(results, result(text))
		}
		for range 2 {
			taken := func(r Result) bool { return strings.HasSuffix(c.taken, fmt.Sprint("@", r.Rank.Contract)) }
			standing := Standing(results, taken)
			over := ""
			for _, o := range NotStanding(results, standing) {
				why := o.Why == "all of it" || o.Why == "some of it"
				over += fmt.Sprint(o.Rank.Contract, why, o.Stands == standing[0].Manifest.Rank)
			}
			want := ""
			if c.over != "" {
				want = c.over[len(c.over)-1:] + " true true"
			}
			if len(standing) != 1 || standing[0].Key != c.stands || over != want {
				t.Errorf("%+v: got %v, passed over %q, want %q", c, standing, over, want)
			}
			slices.Reverse(results)
		}
	}
}
