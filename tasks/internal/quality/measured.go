package quality

import (
	"fmt"
	"math"
	"slices"

	"covers/contract"
	"covers/tasks/internal/lake"
)

// measured is a number of one day. It is compared on a scale on which chance moves it by about as much whatever its
// size, so that few bookings raise no alarm that many would:
//   - a count by 2√(n+3/8), a share by arcsin √((x+3/8)/(n+3/4)): F. J. Anscombe, "The transformation of Poisson, binomial and
//     negative-binomial data", Biometrika 35 (1948), 246–254; their standard deviations are about 1 and 1/(2√(n+1/2));
//   - a mean of n amounts by its logarithm; one amount's deviation is taken to be as large as its mean, so the mean's is 1/√n.
//
// The centre is the median of the earlier days and the spread their median absolute deviation, times 1.4826, which makes it
// the standard deviation of normal data and lets one earlier accident pass: P. J. Rousseeuw, C. Croux, "Alternatives to the
// Median Absolute Deviation", JASA 88 (1993), 1273–1283. Chance's own deviation is the least that the spread can be.
type measured struct {
	scale scale
	value float64 // as people say it: rows, a share from 0 to 1, amount a cover, minutes
	y     float64 // on the scale
	sd    float64 // of y, by chance alone
}

type scale int

const (
	counts scale = iota
	shares
	amounts
	minutes
)

func countOf(n int64) measured {
	return measured{counts, float64(n), 2 * math.Sqrt(float64(n)+3./8), 1}
}

func shareOf(x, n int64) measured {
	y := math.Asin(math.Sqrt((float64(x) + 3./8) / (float64(n) + 3./4)))
	return measured{shares, float64(x) / max(1, float64(n)), y, 1 / (2 * math.Sqrt(float64(n)+0.5))}
}

// spendOf returns the mean spend of a cover. A day on which nothing was spent has none: that the amounts are zero or missing is
// told apart by the columns that are known.
func spendOf(s *lake.SpendProfile) (measured, bool) {
	if s == nil || s.Covers <= 0 || s.Total <= 0 {
		return measured{}, false
	}
	mean := float64(s.Total) / float64(s.Covers) / 10000
	return measured{amounts, mean, math.Log(mean), 1 / math.Sqrt(float64(s.Rows))}, true
}

// quietOf returns the minutes without a change before the day's end. Between changes that come by chance, so many an average
// gap long, a pause of several gaps is common: see alone.
func quietOf(p lake.KindProfile) (measured, bool) {
	if p.Quiet == nil || p.Rows == 0 {
		return measured{}, false
	}
	q := float64(*p.Quiet)
	return measured{minutes, q, q, 24 * 60 / float64(p.Rows)}, true
}

// natural takes a number back from the scale.
func (s measured) natural(y float64) float64 {
	switch s.scale {
	case counts:
		y = max(0, y)
		return max(0, y*y/4-3./8)
	case shares:
		y = min(max(y, 0), math.Pi/2)
		return math.Sin(y) * math.Sin(y)
	case amounts:
		return math.Exp(y)
	}
	return y
}

func (s measured) words(v float64) string {
	switch s.scale {
	case counts:
		return fmt.Sprintf("%.0f", v)
	case shares:
		if v > 0 && v < 0.01 {
			return fmt.Sprintf("%.2g %%", 100*v)
		}
		return fmt.Sprintf("%.1f %%", 100*v)
	case amounts:
		return fmt.Sprintf("%.2f a cover", v)
	}
	return fmt.Sprintf("%.0f minutes", v)
}

// bounds are what is expected, ends included.
type bounds struct{ low, high float64 }

func (b bounds) words(s measured) string {
	switch {
	case math.IsInf(b.high, 1):
		return "at least " + s.words(b.low)
	case math.IsInf(b.low, -1):
		return "at most " + s.words(b.high)
	}
	return s.words(b.low) + " to " + s.words(b.high)
}

// rangeOf works out what is expected where seen was seen: deviations to each side of the median, and never less than the
// expectation's factors away from it.
func rangeOf(seen measured, earlier []measured, e contract.Expectation, deviations float64) bounds {
	ys, chance := make([]float64, len(earlier)), make([]float64, len(earlier))
	for i, s := range earlier {
		ys[i], chance[i] = s.y, s.sd
	}
	centre := median(ys)
	for i := range ys {
		ys[i] = math.Abs(ys[i] - centre)
	}
	spread := 1.4826 * median(ys)
	b := bounds{math.Inf(-1), math.Inf(1)}
	if seen.scale == minutes {
		// The mean gap of the usual day: of one that broke off there are few changes, far apart.
		b.high = centre + max(deviations*spread, alone(deviations)*median(chance), float64(e.Least))
		return b
	}
	// Chance moves the day and each earlier one, and most where there were few bookings: a day that grew is not held to a share
	// that few could show. The median of n is itself known to 1.2533/√n deviations only.
	width := deviations * max(spread, seen.sd, median(chance)) * math.Sqrt(1+math.Pi/2/float64(len(earlier)))
	usual := seen.natural(centre)
	if e.Below != 0 {
		b.low = min(seen.natural(centre-width), seen.times(usual, 1/e.Below))
	}
	if e.Above != 0 {
		b.high = max(seen.natural(centre+width), seen.times(usual, e.Above))
	}
	if seen.scale == counts {
		b.low, b.high = math.Ceil(b.low), math.Floor(b.high)
	}
	return b
}

// alone returns how many mean gaps a gap between changes that come by chance (exponential) is as seldom as a normal number is so
// many deviations above its mean.
func alone(deviations float64) float64 { return -math.Log(math.Erfc(deviations/math.Sqrt2) / 2) }

// times returns a number so many times as large; of a share, one with so many times its odds.
func (s measured) times(v, factor float64) float64 {
	if s.scale != shares {
		return v * factor
	}
	return v * factor / (1 - v + v*factor)
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}
