package thefork

// Customer is the answer to GET /v1/customers/{id}, as the TheFork B2B API documentation names its fields. Customers belong
// to the group's account, not to one restaurant. Nearly everything may be null. Allergies and diet are health-like data.
type Customer struct {
	CustomerUUID   string  `json:"customerUuid"`
	Email          *string `json:"email"`
	FirstName      *string `json:"firstName"`
	LastName       *string `json:"lastName"`
	Phone          *string `json:"phone"`
	SecondaryPhone *string `json:"secondaryPhone"`
	BirthDate      *string `json:"birthDate"` // YYYY-MM-DD
	Locale         *string `json:"locale"`
	Civility       *string `json:"civility"`
	Rank           *string `json:"rank"`
	ComputedRank   *string `json:"computedRank"`
	IsVIP          *bool   `json:"isVip"`
	IsPromoter     *bool   `json:"isPromoter"`
	Address        *string `json:"address"`
	Zipcode        *string `json:"zipcode"`
	City           *string `json:"city"`
	Country        *string `json:"country"`

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
	CreationDate         *string       `json:"creationDate"`   // RFC 3339
	LastUpdateDate       *string       `json:"lastUpdateDate"` // RFC 3339
	Optins               *Optins       `json:"optins"`
	CustomFields         []CustomField `json:"customFields"`
}

// Optins are what a customer agreed to.
type Optins struct {
	RestaurantNewsletter *bool `json:"restaurantNewsletter"`
}
