package generate

import "strings"

// talk is what guests and restaurants write, in one language. {name}, {phone}, {email}, {allergy} and {food} are filled in:
// free text holds personal data, whatever the field was meant for.
type talk struct {
	requests []string // by the guest
	notes    []string // by the restaurant
	about    []string // on the guest's card
}

var (
	english = talk{
		requests: []string{
			"Window table if possible, please.", "Highchair for a one-year-old.",
			"It’s {name}'s birthday 🎂 – could you bring a candle?",
			"Severe allergy: {allergy}. Please call me on {phone}.", "We may be 10 minutes late; text {phone}",
			"Quiet corner – it is a job interview.",
			"Please send the receipt to {email}", "Wheelchair access needed.", "Anniversary dinner, {name} loves {food}",
			"Table away from the kitchen.\nWe'd like to be done by 21:00 \"sharp\".", "No {allergy} for one of us <thanks>",
			"Two of us are vegetarian & one is pregnant",
		},
		notes: []string{
			"VIP – {name} knows the chef", "Called {phone}, left a message", "Card declined once; prepay next time",
			"Allergy confirmed: {allergy}",
			"Complained about the draught at table 12", "Sends friends; comp dessert", "Spoke to {name}'s assistant, {email}",
			"Prefers {food}",
		},
		about: []string{
			"Regular. Likes {food}.", "Reaction to {allergy} in 2024, keep an EpiPen near", "Tips well, talks a lot",
			"Do not seat near {name}'s ex",
			"Surgeon, may be called away", "Going through chemo – no raw food",
		},
	}
	francais = talk{
		requests: []string{
			"Une table près de la fenêtre, s’il vous plaît.", "Anniversaire de {name} : une bougie sur le dessert ?",
			"Allergie sévère ({allergy}), merci de me joindre au {phone}",
			"Chaise haute pour un bébé de 8 mois.", "Nous serons peut-être en retard, SMS au {phone}",
			"Dîner d’affaires, table calme – facture à {email}",
			"Sans {allergy} pour un convive, merci !", "Accès fauteuil roulant", "Ma mère adore : {food}",
			"Placement en terrasse si le temps le permet ☀️",
		},
		notes: []string{
			"Client fidèle, {name} connaît le chef", "Rappelé au {phone}, messagerie", "Allergie confirmée : {allergy}",
			"A demandé l’addition à {email}",
			"Table 7 de préférence ; aime {food}", "S’est plaint du bruit le mois dernier",
		},
		about: []string{"Habitué, aime {food}.", "Intolérance : {allergy} (certificat vu)", "Enceinte de six mois",
			"Suit un traitement, pas d’alcool"},
	}
	several = talk{
		requests: []string{
			"Mesa tranquila, por favor. Alergia: {allergy}", "Bitte ein Tisch am Fenster; Tel. {phone}",
			"窓側の席をお願いします。アレルギー: {allergy}", "靠窗的位子,谢谢 {phone}",
			"Стол у окна, пожалуйста. Аллергия: {allergy}", "طاولة هادئة من فضلك، حساسية من {allergy}",
			"שולחן שקט בבקשה, {phone}", "창가 자리 부탁드립니다 {email}",
			"Παρακαλώ ήσυχο τραπέζι για {name}", "कृपया खिड़की के पास की मेज, {name}", "Cho tôi bàn gần cửa sổ, dị ứng {allergy}",
			"ขอโต๊ะริมหน้าต่าง แพ้ {allergy}",
		},
		notes: english.notes,
		about: english.about,
	}
)

func talkOf(locale string) talk {
	switch locale {
	case "en_GB", "en_US":
		return english
	case "fr_FR":
		return francais
	}
	return several
}

// say fills one of the sentences in. Somebody without a name gets words without one.
func (p *person) say(d *dice, sentences []string) string {
	text := pick(d, sentences)
	if !strings.Contains(text, "{") {
		return text
	}
	if p.email == "" {
		return "Table for the walk-in list"
	}
	allergy := pick(d, allergies)
	if len(p.allergies) > 0 {
		allergy = p.allergies[0]
	}
	for _, blank := range [...][2]string{{"{name}", p.called()}, {"{phone}", p.phone}, {"{email}", p.email},
		{"{allergy}", allergy}, {"{food}", pick(d, p.culture.food)}} {
		text = strings.ReplaceAll(text, blank[0], blank[1])
	}
	return text
}
