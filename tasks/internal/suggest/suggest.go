// Package suggest finds the word that a mistyped one was probably meant to be.
package suggest

// Word is the candidate that word was probably meant to be, or "": at most two letters are wrong, missing or too many,
// and fewer than the word has.
func Word(word string, candidates []string) string {
	best, found := min(2, len(word)-1), ""
	for _, c := range candidates {
		if d := editDistance(word, c); d <= best && (found == "" || d < best) {
			best, found = d, c
		}
	}
	return found
}

// editDistance is Levenshtein's, over bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
