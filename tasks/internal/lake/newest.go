package lake

// Newest returns, of each reading, the result of the newest rank, in the order in which the readings are met.
func Newest(results []Found[Result]) []Found[Result] {
	at := map[string]int{}
	var newest []Found[Result]
	for _, r := range results {
		i, met := at[r.Manifest.Reading]
		switch {
		case !met:
			at[r.Manifest.Reading] = len(newest)
			newest = append(newest, r)
		case newest[i].Manifest.Rank.Compare(r.Manifest.Rank) < 0:
			newest[i] = r
		}
	}
	return newest
}

// Standing returns, of each reading, the result that stands: the one of the newest rank that withholds nothing, so that a newer
// one takes away nothing that an older one let in. Where each withholds something it is the newest. taken reports whether a
// processed manifest names a result: below the newest of these none stands, since a load takes no rank back. It is nil where
// the ledger is asked instead.
func Standing(results []Found[Result], taken func(Result) bool) []Found[Result] {
	least := map[string]Rank{}
	for _, r := range results {
		m := r.Manifest
		if taken != nil && taken(m) && least[m.Reading].Compare(m.Rank) < 0 {
			least[m.Reading] = m.Rank
		}
	}
	var whole, rest []Found[Result]
	for _, r := range results {
		switch m := r.Manifest; {
		case m.Rank.Compare(least[m.Reading]) < 0:
		case m.WithholdsAny():
			rest = append(rest, r)
		default:
			whole = append(whole, r)
		}
	}
	stands := map[string]bool{}
	standing := Newest(whole)
	for _, r := range standing {
		stands[r.Manifest.Reading] = true
	}
	for _, r := range Newest(rest) {
		if !stands[r.Manifest.Reading] {
			standing = append(standing, r)
		}
	}
	return standing
}

// PassedOver is a result of the newest rank of a reading that does not stand, since it withholds what an older one lets in.
type PassedOver struct {
	Reading string
	Rank    Rank
	Why     string
	Stands  Rank // of the result that does
}

func (p PassedOver) String() string {
	return p.Reading + " at rank " + p.Rank.String() + " (" + p.Why + "); rank " + p.Stands.String() + " stands"
}

// NotStanding returns what is passed over of results, some of which stand.
func NotStanding(results, standing []Found[Result]) (over []PassedOver) {
	stands := map[string]Rank{}
	for _, r := range standing {
		stands[r.Manifest.Reading] = r.Manifest.Rank
	}
	for _, r := range Newest(results) {
		m := r.Manifest
		if rank, ok := stands[m.Reading]; ok && rank.Compare(m.Rank) < 0 {
			over = append(over, PassedOver{m.Reading, m.Rank, m.WhyWithheld(), rank})
		}
	}
	return over
}
