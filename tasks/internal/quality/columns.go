package quality

import "covers/tasks/internal/reservation"

// The columns that may be null, in the order of knownOfBooking and knownOfGuest. A test compares them with the contract.
var (
	bookingColumns = [...]string{
		"customer_id", "created_at", "updated_at", "scheduled_at", "scheduled_local", "service_date", "created_local",
		"arrived_at",
		"seated_at", "done_at", "table_category", "spend_subtotal", "spend_tax", "spend_tip", "spend_total", "deposit_paid",
		"deposit_refunded", "experience_id", "experience_total", "offer_id", "offer_type", "offer_price", "discount_percent",
		"marketing_opted_out",
	}
	guestColumns = [...]string{
		"restaurant_id", "created_at", "updated_at", "person_token", "email_token", "phone_token", "name_token",
		"email_opt_in", "vip",
		"country", "first_visit_at", "last_visit_at", "archived",
		"hidden", "marketing_opted_out",
	}
)

func knownOfBooking(r *reservation.Reservation) [len(bookingColumns)]bool {
	return [...]bool{
		r.CustomerID != nil, r.CreatedAt != nil, r.UpdatedAt != nil, r.ScheduledAt != nil, r.ScheduledLocal != nil,
		r.ServiceDate != nil,
		r.CreatedLocal != nil, r.ArrivedAt != nil, r.SeatedAt != nil, r.DoneAt != nil, r.TableCategory != nil,
		r.SpendSubtotal != nil,
		r.SpendTax != nil, r.SpendTip != nil, r.SpendTotal != nil, r.DepositPaid != nil, r.DepositRefunded != nil,
		r.ExperienceID != nil,
		r.ExperienceTotal != nil, r.OfferID != nil, r.OfferType != nil, r.OfferPrice != nil, r.DiscountPercent != nil,
		r.MarketingOptedOut != nil,
	}
}

func knownOfGuest(r *reservation.Customer) [len(guestColumns)]bool {
	return [...]bool{
		r.RestaurantID != nil, r.CreatedAt != nil, r.UpdatedAt != nil, r.PersonToken != nil, r.EmailToken != nil,
		r.PhoneToken != nil,
		r.NameToken != nil, r.EmailOptIn != nil, r.VIP != nil, r.Country != nil, r.FirstVisitAt != nil, r.LastVisitAt != nil,
		r.Archived != nil, r.Hidden != nil, r.MarketingOptedOut != nil,
	}
}
