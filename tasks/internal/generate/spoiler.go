package generate

import (
	"fmt"

	"covers/tasks/internal/simulator"
)

// everyKind is the name, among the shares of defects, of all kinds that have no share of their own.
const everyKind = "*"

// spoiler decides which records of one target are spoilt, and how.
type spoiler struct {
	target target
	kinds  []defect
	upto   []uint64 // running sums of the shares, of 2^32
}

// newSpoiler lays the shares out. The share of everyKind is divided evenly among the kinds that the target knows and that
// neither have a share of their own nor have to be asked for.
func newSpoiler(t target, shares map[string]float64) spoiler {
	s := spoiler{target: t}
	var even int
	for _, d := range defects {
		if _, own := shares[d.name]; d.spoil[t] != nil && !own && !d.asked {
			even++
		}
	}
	sum := uint64(0)
	for _, d := range defects {
		own, named := shares[d.name]
		switch {
		case d.spoil[t] == nil, !named && d.asked:
			continue
		case named:
			sum += uint64(own * (1 << 32))
		default:
			sum += uint64(shares[everyKind]*(1<<32)) / uint64(even)
		}
		s.kinds, s.upto = append(s.kinds, d), append(s.upto, sum)
	}
	return s
}

// spoil spoils a record, or not. key is the record's, on that day.
func (s spoiler) spoil(key uint64, record []byte) ([]byte, string, []simulator.Expect, error) {
	if len(s.upto) == 0 {
		return record, "", nil, nil
	}
	n := mix2(key, 14) >> 32
	if n >= s.upto[len(s.upto)-1] {
		return record, "", nil, nil
	}
	for i, upto := range s.upto {
		if n >= upto {
			continue
		}
		o, err := takeApart(record)
		if err != nil {
			return nil, "", nil, fmt.Errorf("spoil a record: %w", err)
		}
		expect := s.kinds[i].spoil[s.target](&o)
		return o.append(nil), s.kinds[i].name, expect, nil
	}
	return record, "", nil, nil
}
