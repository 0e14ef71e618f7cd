package report

import (
	"cmp"
	"fmt"
	"slices"

	"covers/tasks/internal/platforms"
	"covers/tasks/internal/report/page"
	"covers/tasks/internal/warehouse"
)

// mostRows is how many restaurants or channels a chart shows; the rest share one row. Tables have them all.
const mostRows = 8

// grid is rows of parts, by platform: what a chart of lying bars shows.
type grid struct {
	keys      []string
	names     map[string]string
	platforms []string
	values    map[[2]string]float64
}

func newGrid() *grid { return &grid{names: map[string]string{}, values: map[[2]string]float64{}} }

func (g *grid) add(key, name, platform string, v float64) {
	if _, known := g.names[key]; !known {
		g.keys, g.names[key] = append(g.keys, key), name
	}
	if !slices.Contains(g.platforms, platform) {
		g.platforms = append(g.platforms, platform)
		slices.Sort(g.platforms)
	}
	g.values[[2]string{key, platform}] += v
}

func (g *grid) total(key string) (sum float64) {
	for _, p := range g.platforms {
		sum += g.values[[2]string{key, p}]
	}
	return sum
}

// into fills a chart with the rows, the longest first. The rows that are too many become one at the end.
func (g *grid) into(c *page.Chart) {
	slices.SortStableFunc(g.keys, func(a, b string) int { return cmp.Compare(g.total(b), g.total(a)) })
	rows := g.keys
	var rest []string
	if len(rows) > mostRows {
		rows, rest = rows[:mostRows-1], rows[mostRows-1:]
	}
	for _, key := range rows {
		c.Labels = append(c.Labels, g.names[key])
	}
	if rest != nil {
		c.Labels = append(c.Labels, fmt.Sprintf("%d others", len(rest)))
	}
	for _, p := range g.platforms {
		var values []float64
		for _, key := range rows {
			values = append(values, g.values[[2]string{key, p}])
		}
		if rest != nil {
			others := 0.0
			for _, key := range rest {
				others += g.values[[2]string{key, p}]
			}
			values = append(values, others)
		}
		c.Series, c.Values = append(c.Series, platforms.Written(p)), append(c.Values, values)
	}
}

// breakdown is the services by restaurant and platform, whatever the currency.
type breakdown struct {
	restaurants []int64
	names       map[int64]string
	platforms   map[int64][]string
	tallies     map[serviceKey]warehouse.Tally
}

type serviceKey struct {
	restaurant int64
	platform   string
}

func breakdownOf(services []warehouse.Service) breakdown {
	b := breakdown{names: map[int64]string{}, platforms: map[int64][]string{}, tallies: map[serviceKey]warehouse.Tally{}}
	for _, s := range services {
		if _, known := b.names[s.RestaurantID]; !known {
			b.restaurants = append(b.restaurants, s.RestaurantID)
			b.names[s.RestaurantID] = restaurantName(s)
		}
		key := serviceKey{s.RestaurantID, s.Platform}
		if _, known := b.tallies[key]; !known {
			b.platforms[s.RestaurantID] = append(b.platforms[s.RestaurantID], s.Platform)
		}
		b.tallies[key] = plus(b.tallies[key], s.Tally)
	}
	return b
}

// restaurantName returns the restaurant's name, as far as it is shown. Where the warehouse has none, it is a number.
func restaurantName(s warehouse.Service) string {
	return page.Shorten(cmp.Or(s.Restaurant, fmt.Sprintf("Restaurant %d", s.RestaurantID)), mostName)
}

// each visits every restaurant and platform with its tally.
func (b breakdown) each(use func(id int64, name, platform string, t warehouse.Tally)) {
	for _, id := range b.restaurants {
		for _, p := range b.platforms[id] {
			use(id, b.names[id], p, b.tallies[serviceKey{id, p}])
		}
	}
}

// chart shows one number by restaurant and platform.
func (b breakdown) chart(id, title, note string, of func(warehouse.Tally) int64) page.Chart {
	g := newGrid()
	t := page.Table{Caption: title + " and platform", Head: []string{"Restaurant", "Platform", "Number", "Share"}, Text: 2}
	all := int64(0)
	b.each(func(_ int64, _, _ string, tally warehouse.Tally) { all += of(tally) })
	b.each(func(restaurant int64, name, platform string, tally warehouse.Tally) {
		g.add(fmt.Sprint(restaurant), name, platform, float64(of(tally)))
		t.Rows = append(t.Rows, []string{name, platforms.Written(platform), page.Count(of(tally)), page.Percent(of(tally), all)})
	})
	if t.Rows != nil {
		t.Foot = []string{"All", "", page.Count(all), page.Percent(all, all)}
	}
	c := page.Chart{ID: id, Title: title, Note: note, Rows: true, Format: whole, Table: t}
	g.into(&c)
	return c
}

// rates shows the no-shows and cancellations of each restaurant.
func (b breakdown) rates() page.Chart {
	c := page.Chart{
		ID: "rates", Title: "No-shows and cancellations", Rows: true, Beside: true, Series: []string{"Cancelled", "No-show"},
		Note:   "Cancelled: of all reservations. No-show: of the parties that were due.",
		Format: func(v float64) string { return fmt.Sprintf("%.1f%%", v) }, Values: make([][]float64, 2),
		Table: page.Table{
			Caption: "No-shows and cancellations by restaurant and platform", Text: 2,
			Head: []string{"Restaurant", "Platform", "Cancelled", "Rate", "No-shows", "Rate", "Covers lost"},
		},
	}
	sums := map[int64]warehouse.Tally{}
	b.each(func(id int64, name, platform string, t warehouse.Tally) {
		sums[id] = plus(sums[id], t)
		c.Table.Rows = append(c.Table.Rows, []string{
			name, platforms.Written(platform), page.Count(t.Cancelled), page.Percent(t.Cancelled, t.Reservations),
			page.Count(t.NoShows), page.Percent(t.NoShows, due(t)), page.Count(t.NoShowCovers),
		})
	})
	rows := slices.Clone(b.restaurants)
	slices.SortStableFunc(rows, func(x, y int64) int { return cmp.Compare(sums[y].Reservations, sums[x].Reservations) })
	if len(rows) > mostRows {
		rows = rows[:mostRows]
		c.Note += fmt.Sprintf(" The %d restaurants with the most reservations.", mostRows)
	}
	for _, id := range rows {
		t := sums[id]
		c.Labels = append(c.Labels, b.names[id])
		c.Values[0] = append(c.Values[0], share(t.Cancelled, t.Reservations))
		c.Values[1] = append(c.Values[1], share(t.NoShows, due(t)))
	}
	return c
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// spends returns a chart for each currency: amounts of two are never in one.
func spends(services []warehouse.Service) (charts []page.Chart) {
	byCurrency := map[string][]warehouse.Service{}
	var codes []string
	for _, s := range services {
		if _, known := byCurrency[s.Currency]; !known {
			codes = append(codes, s.Currency)
		}
		byCurrency[s.Currency] = append(byCurrency[s.Currency], s)
	}
	slices.Sort(codes)
	for _, code := range codes {
		g := newGrid()
		t := page.Table{Caption: "Spend in " + code + " by restaurant and platform",
			Head: []string{"Restaurant", "Platform", "Spend", "Bills", "Completed"}, Text: 2}
		var all warehouse.Tally
		for _, s := range byCurrency[code] {
			g.add(fmt.Sprint(s.RestaurantID), restaurantName(s), s.Platform, float64(s.Spend)/10_000)
			t.Rows = append(t.Rows, []string{restaurantName(s), platforms.Written(s.Platform), page.Money(code, s.Spend),
				page.Count(s.Bills), page.Count(s.Completed)})
			all = plus(all, s.Tally)
		}
		t.Foot = []string{"All", "", page.Money(code, all.Spend), page.Count(all.Bills), page.Count(all.Completed)}
		c := page.Chart{ID: "spend-" + code, Title: "Spend in " + code,
			Note: capital(billsNote(all)) + ". Currencies are never added up.", Rows: true, Format: whole, Table: t}
		g.into(&c)
		charts = append(charts, c)
	}
	return charts
}
