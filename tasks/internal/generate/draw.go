package generate

import (
	"math/bits"
	"math/rand/v2"

	"github.com/google/uuid"
)

// mix joins numbers into one in which every bit depends on every bit of each (the finaliser of splitmix64; G. L. Steele,
// D. Lea, C. H. Flood, "Fast Splittable Pseudorandom Number Generators").
func mix(keys ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, k := range keys {
		h = mix2(h, k)
	}
	return h
}

func mix2(h, k uint64) uint64 {
	h = (h ^ k) + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// mixText joins a text into a number.
func mixText(h uint64, s string) uint64 {
	for i := range len(s) {
		h = mix2(h, uint64(s[i]))
	}
	return h
}

// dice draws a sequence that depends on its key alone. It draws whole numbers only: binary fractions would be rounded
// differently where a processor fuses a multiplication with an addition, and the files would differ between machines.
type dice struct{ pcg rand.PCG }

func roll(key uint64) dice {
	var d dice
	d.pcg.Seed(key, mix2(key, 1))
	return d
}

// below draws 0 … n-1.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between draws lo … hi.
func (d *dice) between(lo, hi int) int { return lo + d.below(hi-lo+1) }

// chance returns true in so many of a thousand draws.
func (d *dice) chance(permille int) bool { return d.below(1000) < permille }

// pick draws one of a list.
func pick[T any](d *dice, list []T) T { return list[d.below(len(list))] }

// weighted is a list in which some entries are drawn more often than others.
type weighted[T any] struct {
	values []T
	upto   []int // running sums of the weights
}

// share is an entry of a weighted list.
type share[T any] struct {
	weight int
	value  T
}

func weigh[T any](shares ...share[T]) weighted[T] {
	var w weighted[T]
	sum := 0
	for _, s := range shares {
		sum += s.weight
		w.values, w.upto = append(w.values, s.value), append(w.upto, sum)
	}
	return w
}

func (w weighted[T]) draw(d *dice) T {
	n := d.below(w.upto[len(w.upto)-1])
	for i, upto := range w.upto {
		if n < upto {
			return w.values[i]
		}
	}
	panic("unreachable: the draw is below the last sum")
}

// uuidOf makes the UUID of a key: random in form (version 4), the same for the same key.
func uuidOf(key uint64) string {
	var u uuid.UUID
	a, b := mix2(key, 2), mix2(key, 3)
	for i := range 8 {
		u[i], u[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return u.String()
}
