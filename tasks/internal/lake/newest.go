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
