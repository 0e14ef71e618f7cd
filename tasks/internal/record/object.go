package record

// Layout is a list of the field names that an object is asked for.
type Layout struct {
	number int // among the layouts of the program
	prefix string
	names  []string
	index  map[string]int
	utc    []int // by the place of a local time, the place of its twin in UTC; -1 where there is none
}

// layouts counts the layouts, which are all made when the program begins.
var layouts int

// NewLayout makes a layout, which lives as long as the program. prefix is the path of the object in the record, "" or such as
// "pos_data".
func NewLayout(prefix string, names ...string) *Layout {
	if prefix != "" {
		prefix += "."
	}
	l := &Layout{number: layouts, prefix: prefix, names: names, index: map[string]int{}}
	layouts++
	for i, n := range names {
		l.index[n] = i
	}
	if len(l.index) != len(names) || len(names) > 64 {
		panic("record: a layout names a field twice, or more than 64")
	}
	for _, n := range names {
		twin, ok := l.index[n+"_utc"]
		if !ok {
			twin = -1
		}
		l.utc = append(l.utc, twin)
	}
	return l
}

// Object is a JSON object read through a layout.
type Object struct {
	r      *Reader
	layout *Layout
	slots  []int32 // by the place in the layout, the place in fields, plus one; 0 where it is not there
	twice  uint64  // the fields that are given more than once, by their place in the layout
	places []int16 // by the number of a field's name, the place in the layout; -1 where it is not in it

	asked int     // the place asked for last, plus one
	after []uint8 // by it, the place that was asked for next the last time
}

// Object reads v, which must be the record or an object in it and in no array, through a layout. Fields outside the layout are
// passed over: platforms add some at any time. A field of the layout given twice is as good as none, because readers disagree on
// which one counts. What it returns lives until the layout is used again.
func (r *Reader) Object(v *Value, l *Layout) *Object { return r.object(v.first, v.last, l) }

// object reads the object whose fields are those from first on, before last.
func (r *Reader) object(first, last int, l *Layout) *Object {
	for len(r.objects) <= l.number {
		r.objects = append(r.objects, nil)
	}
	o := r.objects[l.number]
	if o == nil {
		o = &Object{r: r, layout: l, slots: make([]int32, len(l.names)), after: make([]uint8, len(l.names)+1)}
		for i := range l.names {
			o.after[i] = uint8(i)
		}
		r.objects[l.number] = o
	}
	o.twice, o.asked = 0, 0
	slots, list := o.slots, o.r.fields.list[:last]
	clear(slots)
	for i := first; i < len(list); i += 1 + int(list[i].within) {
		var place int
		if id := int(list[i].id); uint(id) < uint(len(o.places)) {
			place = int(o.places[id])
		} else {
			place = o.placeOf(i)
		}
		if place < 0 {
			continue
		}
		if slots[place] != 0 {
			o.twice |= 1 << place
		}
		slots[place] = int32(i + 1)
	}
	return o
}

// placeOf returns the place of the i-th field in the layout, -1 where it is not in it.
func (o *Object) placeOf(i int) int {
	id := o.r.fields.list[i].id
	if id < 0 {
		return o.search(o.r.fields.name(i))
	}
	for n := len(o.places); n <= int(id); n++ {
		place := -1
		if n > 0 { // the first is the record's own
			place = o.search([]byte(o.r.fields.names[n].bare()))
		}
		o.places = append(o.places, int16(place))
	}
	return int(o.places[id])
}

func (o *Object) search(name []byte) int {
	if place, ok := o.layout.index[string(name)]; ok {
		return place
	}
	return -1
}

// place returns a field's place in the layout. Mappers ask for the same fields in the same order, record after record, so that it
// is looked for first where it was the last time: to look it up by its name costs ten times that.
func (o *Object) place(field string) int {
	names := o.layout.names
	if i := int(o.after[o.asked]); i < len(names) && names[i] == field {
		o.asked = i + 1
		return i
	}
	if i := o.asked - 1; i >= 0 && names[i] == field { // again
		return i
	}
	i, ok := o.layout.index[field]
	if !ok {
		panic("record: no field " + field + " in the layout")
	}
	o.after[o.asked] = uint8(i)
	o.asked = i + 1
	return i
}

// at returns the field at a place of the layout; nil where it is absent, null or given twice.
func (o *Object) at(place int) (x *field, twice bool) {
	if o.twice>>place&1 == 1 {
		return nil, true
	}
	if i := o.slots[place]; i > 0 && o.r.fields.list[i-1].typ != TypeNull {
		return &o.r.fields.list[i-1], false
	}
	return nil, false
}
