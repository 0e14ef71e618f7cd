package lake

import (
	"cmp"
	"fmt"
	"strconv"
)

// Rank orders the results derived from one reading: by the contract's revision, then the source entry's, then the token
// key's number. Each is 1 to 9999, so that the text form orders as the rank does, in a key, in SQL and in a listing.
type Rank struct {
	Contract int64
	Source   int64
	Key      int64
}

// String returns "0001.0001.0001".
func (r Rank) String() string { return fmt.Sprintf("%04d.%04d.%04d", r.Contract, r.Source, r.Key) }

// MarshalText implements encoding.TextMarshaler.
func (r Rank) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It takes exactly what String returns for a rank in range.
func (r *Rank) UnmarshalText(b []byte) error {
	if len(b) == 14 && b[4] == '.' && b[9] == '.' {
		c, errC := strconv.ParseUint(string(b[:4]), 10, 16)
		s, errS := strconv.ParseUint(string(b[5:9]), 10, 16)
		k, errK := strconv.ParseUint(string(b[10:]), 10, 16)
		got := Rank{int64(c), int64(s), int64(k)}
		if errC == nil && errS == nil && errK == nil && got.valid() {
			*r = got
			return nil
		}
	}
	if len(b) > 100 {
		b = b[:100]
	}
	return fmt.Errorf("rank %q: want three numbers from 1 to 9999 in the form 0001.0001.0001", b)
}

// ParseRank is the inverse of String.
func ParseRank(s string) (Rank, error) {
	var r Rank
	err := r.UnmarshalText([]byte(s))
	return r, err
}

func (r Rank) valid() bool {
	ok := func(n int64) bool { return n >= 1 && n <= 9999 }
	return ok(r.Contract) && ok(r.Source) && ok(r.Key)
}

// Compare orders ranks, older first.
func (r Rank) Compare(o Rank) int {
	return cmp.Or(cmp.Compare(r.Contract, o.Contract), cmp.Compare(r.Source, o.Source), cmp.Compare(r.Key, o.Key))
}
