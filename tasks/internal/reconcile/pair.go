package reconcile

// standing is what was found of one booking or guest. Where several contents came, the higher one stands.
type standing int

const (
	unseen      standing = iota
	agrees               // the warehouse has it as it is
	unconfirmed          // the platform did not find it, and nothing vouches for that
	refused              // the contract refuses what the platform has, or the platform does not show it
	different            // the warehouse has another state of it
	missing              // the warehouse does not have it
	gone                 // the platform does not have it
)

// Clock is when a record changed, by the platform's own count.
type Clock struct {
	Epoch int64 `json:"epoch"`
	Clock int64 `json:"clock"`
}

func (c Clock) before(other Clock) bool {
	return c.Epoch < other.Epoch || c.Epoch == other.Epoch && c.Clock < other.Clock
}

// pair is one booking or guest on both sides.
type pair struct {
	held     bool // by the warehouse
	ask      bool // for by id, where it is not listed
	asked    bool
	standing standing
	date     string // service date: the platform's where it is in the range, else the warehouse's, else the range's last
	digest   string // the warehouse's, or the platform's where that is missing; empty where it is not to be compared
	merged   bool   // the platform keeps the guest's record no more, so that there is no clock
	forget   bool   // the platform asks for it, and the warehouse has not
	there    Clock  // of the warehouse
	platform Clock
}

func (p *pair) raise(s standing) { p.standing = max(p.standing, s) }
