package reservation

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// Digester computes row digests. It reuses its buffer and serves one goroutine.
type Digester struct{ buf []byte }

// Reservation returns the digest of a row's content, 32 hexadecimal digits: 128 bits of SHA-256 over every field but the
// origin. The bytes are valid until the next call.
func (d *Digester) Reservation(r *Reservation) []byte {
	d.buf = d.buf[:0]
	d.text(r.Platform).num(r.RestaurantID).text(r.ReservationID).optText(r.CustomerID).num(r.ClockEpoch).num(r.Clock)
	d.optNum(r.CreatedAt).optNum(r.UpdatedAt).text(r.Status).text(r.PlatformStatus).text(r.Channel).num(r.PartySize)
	d.optNum(r.ScheduledAt).optNum(r.ScheduledLocal).optDate(r.ServiceDate).optNum(r.CreatedLocal)
	d.optNum(r.ArrivedAt).optNum(r.SeatedAt).optNum(r.DoneAt).optText(r.TableCategory).text(r.Currency)
	d.optNum(r.SpendSubtotal).optNum(r.SpendTax).optNum(r.SpendTip).optNum(r.SpendTotal)
	d.optNum(r.DepositPaid).optNum(r.DepositRefunded).optNum(r.ExperienceID).optNum(r.ExperienceTotal)
	d.optText(r.OfferID).optText(r.OfferType).optNum(r.OfferPrice).optNum(r.DiscountPercent).optBool(r.MarketingOptedOut)
	return d.sum()
}

// Customer returns the digest of a row's content, as Reservation does.
func (d *Digester) Customer(c *Customer) []byte {
	d.buf = d.buf[:0]
	d.text(c.Platform).optNum(c.RestaurantID).text(c.CustomerID).num(c.ClockEpoch).num(c.Clock)
	d.optNum(c.CreatedAt).optNum(c.UpdatedAt).optText(c.PersonToken).optText(c.EmailToken).optText(c.PhoneToken)
	d.optText(c.NameToken).optBool(c.EmailOptIn).optBool(c.VIP).optText(c.Country).optNum(c.FirstVisitAt)
	d.optNum(c.LastVisitAt).optBool(c.Archived).optBool(c.Hidden)
	d.optBool(c.MarketingOptedOut).optBool(&c.Forgotten)
	return d.sum()
}

// Keyless returns the digest of a guest's content as far as no token key decides it: of a token only whether there is one. Two
// that were made under different keys can be compared by it.
func (d *Digester) Keyless(c *Customer) []byte {
	var known string
	without := *c
	for _, token := range []**string{&without.PersonToken, &without.EmailToken, &without.PhoneToken, &without.NameToken} {
		if *token != nil {
			*token = &known
		}
	}
	return d.Customer(&without)
}

func (d *Digester) sum() []byte {
	sum := sha256.Sum256(d.buf)
	d.buf = hex.AppendEncode(d.buf[:0], sum[:16])
	return d.buf
}

// Every value is preceded by its length or presence, so that no two rows share an encoding.

func (d *Digester) text(s string) *Digester {
	d.buf = append(binary.AppendUvarint(d.buf, uint64(len(s))), s...)
	return d
}

func (d *Digester) num(n int64) *Digester {
	d.buf = binary.AppendVarint(d.buf, n)
	return d
}

func (d *Digester) present(is bool) bool {
	b := byte(0)
	if is {
		b = 1
	}
	d.buf = append(d.buf, b)
	return is
}

func (d *Digester) optText(s *string) *Digester {
	if d.present(s != nil) {
		d.text(*s)
	}
	return d
}

func (d *Digester) optNum(n *int64) *Digester {
	if d.present(n != nil) {
		d.num(*n)
	}
	return d
}

func (d *Digester) optDate(n *int32) *Digester {
	if d.present(n != nil) {
		d.num(int64(*n))
	}
	return d
}

func (d *Digester) optBool(b *bool) *Digester {
	if d.present(b != nil) {
		d.present(*b)
	}
	return d
}
