package thefork

// Customer is the answer to GET /v1/customers/{id}, as the TheFork B2B API documentation names its fields. Customers belong
// to the group's account, not to one restaurant. Nearly everything may be null. Allergies and diet are health-like data.
type Customer struct {
	CustomerUUID *string `json:"customerUuid"` // nullable, and not required
	Email        *string `json:"email"`
	FirstName    *string `json:"firstName"`
	LastName     *string `json:"lastName"`
	Phone        *string `json:"phone"`
	BirthDate    *string `json:"birthDate"` // as YYYY-MM-DD in the example
	Locale       *string `json:"locale"`
	Civility     *string `json:"civility"`
	Rank         *string `json:"rank"`
	ComputedRank *string `json:"computedRank"`
	IsVIP        bool    `json:"isVip"`
	Address      *string `json:"address"`

	// Lists are null where there is nothing in them.
	AllergiesAndIntolerances []string `json:"allergiesAndIntolerances"`
	DietaryRestrictions      []string `json:"dietaryRestrictions"`
	SpendingBehaviour        []string `json:"spendingBehaviour"`
	CustomerRelationship     []string `json:"customerRelationship"`
	RiskLevel                []string `json:"riskLevel"`
	OtherTags                []string `json:"otherTags"`

	FavFood    *string `json:"favFood"`
	FavDrinks  *string `json:"favDrinks"`
	FavSeating *string `json:"favSeating"`
	Notes      *string `json:"notes"`

	OriginRestaurantUUID *string       `json:"originRestaurantUuid"`
	OriginRestaurantName *string       `json:"originRestaurantName"`
	CreationDate         *string       `json:"creationDate"`   // YYYY-MM-DD in the examples; no form is declared
	LastUpdateDate       *string       `json:"lastUpdateDate"` // the same
	IsPromoter           bool          `json:"isPromoter"`
	SecondaryPhone       *string       `json:"secondaryPhone"`
	Country              *string       `json:"country"`
	City                 *string       `json:"city"`
	Zipcode              *string       `json:"zipcode"`
	Optins               Optins        `json:"optins"`
	CustomFields         []CustomField `json:"customFields"`
}

// Optins are what a customer agreed to.
type Optins struct {
	RestaurantNewsletter bool `json:"restaurantNewsletter"`
}
