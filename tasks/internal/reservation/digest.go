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
	e := encoding(d.buf[:0])
	e = e.text(r.Platform).num(r.RestaurantID).text(r.ReservationID).optText(r.CustomerID).num(r.ClockEpoch).num(r.Clock)
	e = e.optNum(r.CreatedAt).optNum(r.UpdatedAt).text(r.Status).text(r.PlatformStatus).text(r.Channel).num(r.PartySize)
	e = e.optNum(r.ScheduledAt).optNum(r.ScheduledLocal).optDate(r.ServiceDate).optNum(r.CreatedLocal)
	e = e.optNum(r.ArrivedAt).optNum(r.SeatedAt).optNum(r.DoneAt).optText(r.TableCategory).text(r.Currency)
	e = e.optNum(r.SpendSubtotal).optNum(r.SpendTax).optNum(r.SpendTip).optNum(r.SpendTotal)
	e = e.optNum(r.DepositPaid).optNum(r.DepositRefunded).optNum(r.ExperienceID).optNum(r.ExperienceTotal)
	e = e.optText(r.OfferID).optText(r.OfferType).optNum(r.OfferPrice).optNum(r.DiscountPercent).optBool(r.MarketingOptedOut)
	return d.sum(e)
}

// Customer returns the digest of a row's content, as Reservation does.
func (d *Digester) Customer(c *Customer) []byte {
	e := encoding(d.buf[:0])
	e = e.text(c.Platform).optNum(c.RestaurantID).text(c.CustomerID).num(c.ClockEpoch).num(c.Clock)
	e = e.optNum(c.CreatedAt).optNum(c.UpdatedAt).optText(c.PersonToken).optText(c.EmailToken).optText(c.PhoneToken)
	e = e.optText(c.NameToken).optBool(c.EmailOptIn).optBool(c.VIP).optText(c.Country).optNum(c.FirstVisitAt)
	e = e.optNum(c.LastVisitAt).optBool(c.Archived).optBool(c.Hidden)
	e = e.optBool(c.MarketingOptedOut).optBool(&c.Forgotten)
	return d.sum(e)
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

func (d *Digester) sum(e encoding) []byte {
	sum := sha256.Sum256(e)
	d.buf = hex.AppendEncode(e[:0], sum[:16])
	return d.buf
}

// encoding is a row in bytes. Every value is preceded by its length or presence, so that no two rows share one.
type encoding []byte

func (e encoding) text(s string) encoding {
	return append(binary.AppendUvarint(e, uint64(len(s))), s...)
}

func (e encoding) num(n int64) encoding { return binary.AppendVarint(e, n) }

func (e encoding) optText(s *string) encoding {
	if s == nil {
		return append(e, 0)
	}
	return append(e, 1).text(*s)
}

func (e encoding) optNum(n *int64) encoding {
	if n == nil {
		return append(e, 0)
	}
	return append(e, 1).num(*n)
}

func (e encoding) optDate(n *int32) encoding {
	if n == nil {
		return append(e, 0)
	}
	return append(e, 1).num(int64(*n))
}

func (e encoding) optBool(b *bool) encoding {
	switch {
	case b == nil:
		return append(e, 0)
	case *b:
		return append(e, 1, 1)
	}
	return append(e, 1, 0)
}
