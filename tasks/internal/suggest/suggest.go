// Package suggest finds the word that a mistyped one was probably meant to be.
package suggest

import "github.com/xrash/smetrics"

// Word returns the candidate that word was probably meant to be, or "": at most two letters are wrong, missing or too many, and
// fewer than the word has.
func Word(word string, candidates []string) string {
	best, found := min(2, len(word)-1), ""
	for _, c := range candidates {
		if d := smetrics.WagnerFischer(word, c, 1, 1, 1); d <= best && (found == "" || d < best) {
			best, found = d, c
		}
	}
	return found
}
