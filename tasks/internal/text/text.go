// Package text writes a number of things in words: "1 reading", "2 readings".
package text

import "fmt"

// Count returns a number with the name of what is counted: "1 reading", "2 readings".
func Count[N int | int64](n N, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
