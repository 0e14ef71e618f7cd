package generate

// name is a name in its own script, and as its bearer would spell it in an e-mail address.
type name struct{ written, plain string }

// culture is where a guest's names and language come from.
type culture struct {
	locale      string // of TheFork's customers
	country     string // ISO 3166-1
	first, last []name
	lastFirst   bool
	food        []string // dishes they like
}

// ascii makes names that are written as they are spelled.
func ascii(names ...string) []name {
	out := make([]name, len(names))
	for i, n := range names {
		out[i] = name{n, n}
	}
	return out
}

var (
	british = &culture{
		locale: "en_GB", country: "GB",
		first: append(ascii("Oliver", "Amelia", "George", "Isla", "Harry", "Ava", "Noah", "Grace", "Jack", "Freya", "Leo", "Ivy",
			"Arthur", "Florence", "Poppy", "Henry", "Sophie", "Charlotte", "Oscar", "Rosie"), name{"Siân", "sian"},
			name{"Zoë", "zoe"}),
		last: append(ascii("Smith", "Jones", "Taylor", "Brown", "Williams", "Wilson", "Johnson", "Davies", "Patel", "Wright",
			"Walker", "Thompson", "White", "Hughes", "Edwards", "Green", "Lewis", "Wood", "Harris", "Clarke", "Begum", "Okafor"),
			name{"O’Connor", "oconnor"}, name{"Smith-Jones", "smithjones"}, name{"O'Neil", "oneil"}),
		food: []string{"beef Wellington", "fish and chips", "sticky toffee pudding", "Stilton"},
	}
	french = &culture{
		locale: "fr_FR", country: "FR",
		first: append(ascii("Louise", "Gabriel", "Jules", "Alice", "Louis", "Emma", "Adam", "Jade", "Hugo", "Camille", "Paul",
			"Manon"), name{"Chloé", "chloe"}, name{"Anaïs", "anais"}, name{"Raphaël", "raphael"}, name{"François", "francois"},
			name{"Héloïse", "heloise"}, name{"Noël", "noel"}, name{"Jean-Baptiste", "jeanbaptiste"}, name{"Zoé", "zoe"}),
		last: append(ascii("Martin", "Bernard", "Dubois", "Thomas", "Robert", "Richard", "Petit", "Durand", "Leroy", "Moreau",
			"Simon", "Laurent", "Michel", "Garcia", "David", "Roux", "Fournier", "Girard", "Mercier", "Blanc"),
			name{"Lefèvre", "lefevre"}, name{"Bélanger", "belanger"}, name{"de La Tour d’Auvergne", "delatour"},
			name{"N'Diaye", "ndiaye"}, name{"Garçon", "garcon"}),
		food: []string{"blanquette de veau", "île flottante", "bœuf bourguignon", "soufflé au fromage"},
	}
	american = &culture{
		locale: "en_US", country: "US",
		first: append(ascii("Liam", "Olivia", "James", "Emma", "William", "Sophia", "Benjamin", "Mia", "Lucas", "Evelyn", "Ethan",
			"Harper", "Mason", "Luna", "Logan", "Ella", "Jackson", "Avery", "Aiden", "Scarlett"), name{"José", "jose"},
			name{"María", "maria"}),
		last: append(ascii("Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Thomas",
			"Taylor", "Moore", "Jackson", "Lee", "Thompson", "White", "Clark", "Robinson", "Young", "King"),
			name{"García", "garcia"}, name{"Hernández", "hernandez"}, name{"Rodríguez", "rodriguez"}, name{"Peña", "pena"},
			name{"Nuñez III", "nunez"}),
		food: []string{"ribeye", "lobster roll", "mac and cheese", "key lime pie"},
	}
	iberian = &culture{
		locale: "es_ES", country: "ES",
		first: append(ascii("Lucia", "Hugo", "Martina", "Mateo", "Valeria", "Diego"),
			name{"Sofía", "sofia"}, name{"Martín", "martin"}, name{"Íñigo", "inigo"}, name{"João", "joao"}),
		last: append(ascii("Romero", "Navarro", "Serrano", "Ortega"),
			name{"Fernández", "fernandez"}, name{"Muñoz", "munoz"}, name{"Gonçalves", "goncalves"},
			name{"Ibáñez y Castro", "ibanez"}),
		food: []string{"pulpo a la gallega", "croquetas", "pastel de nata"},
	}
	central = &culture{
		locale: "de_DE", country: "DE",
		first: append(ascii("Lukas", "Hannah", "Felix", "Lena", "Piotr", "Zuzanna"),
			name{"Jürgen", "juergen"}, name{"Zoltán", "zoltan"}, name{"Łukasz", "lukasz"}, name{"Dvořák", "dvorak"}),
		last: append(ascii("Schmidt", "Wagner", "Becker", "Nowak", "Horvath"),
			name{"Müller", "mueller"}, name{"Weiß", "weiss"}, name{"Żółć", "zolc"}, name{"Škoda", "skoda"},
			name{"Straße", "strasse"}),
		food: []string{"Käsespätzle", "pierogi", "gulyás"},
	}
	vietnamese = &culture{
		locale: "vi_VN", country: "VN", lastFirst: true,
		first: []name{{"Thị Hương", "huong"}, {"Văn Đức", "duc"}, {"Ngọc Ánh", "anh"}, {"Quốc Bảo", "bao"}},
		last:  []name{{"Nguyễn", "nguyen"}, {"Trần", "tran"}, {"Phạm", "pham"}, {"Đặng", "dang"}},
		food:  []string{"phở bò", "bún chả"},
	}
	greek = &culture{
		locale: "el_GR", country: "GR",
		first: []name{{"Γιώργος", "giorgos"}, {"Ελένη", "eleni"}, {"Δημήτρης", "dimitris"}, {"Σοφία", "sofia"}},
		last:  []name{{"Παπαδόπουλος", "papadopoulos"}, {"Οικονόμου", "oikonomou"}, {"Νικολαΐδης", "nikolaidis"}},
		food:  []string{"μουσακάς", "φάβα"},
	}
	russian = &culture{
		locale: "ru_RU", country: "UA",
		first: []name{{"Анна", "anna"}, {"Дмитрий", "dmitry"}, {"Ольга", "olga"}, {"Сергій", "serhii"}, {"Оксана", "oksana"}},
		last:  []name{{"Иванова", "ivanova"}, {"Шевченко", "shevchenko"}, {"Коваленко", "kovalenko"}, {"Щукина", "shchukina"}},
		food:  []string{"борщ", "вареники"},
	}
	arabic = &culture{
		locale: "ar_AE", country: "AE",
		first: []name{{"محمد", "mohammed"}, {"فاطمة", "fatima"}, {"خالد", "khalid"}, {"نور", "nour"}, {"ليلى", "layla"}},
		last:  []name{{"العلي", "alali"}, {"حداد", "haddad"}, {"المنصوري", "almansoori"}, {"بن سعيد", "bensaid"}},
		food:  []string{"منسف", "كبسة"},
	}
	hebrew = &culture{
		locale: "he_IL", country: "IL",
		first: []name{{"נועה", "noa"}, {"יוסף", "yosef"}, {"תמר", "tamar"}},
		last:  []name{{"כהן", "cohen"}, {"לוי", "levi"}, {"בן־דוד", "bendavid"}},
		food:  []string{"שקשוקה"},
	}
	chinese = &culture{
		locale: "zh_CN", country: "CN", lastFirst: true,
		first: []name{{"伟", "wei"}, {"秀英", "xiuying"}, {"子轩", "zixuan"}, {"梓涵", "zihan"}, {"芳", "fang"}},
		last:  []name{{"王", "wang"}, {"李", "li"}, {"张", "zhang"}, {"刘", "liu"}, {"歐陽", "ouyang"}},
		food:  []string{"清蒸鱼", "小笼包"},
	}
	japanese = &culture{
		locale: "ja_JP", country: "JP", lastFirst: true,
		first: []name{{"陽翔", "haruto"}, {"さくら", "sakura"}, {"健太", "kenta"}, {"ユキ", "yuki"}},
		last:  []name{{"佐藤", "sato"}, {"鈴木", "suzuki"}, {"髙橋", "takahashi"}, {"田中", "tanaka"}},
		food:  []string{"刺身", "茶碗蒸し"},
	}
	korean = &culture{
		locale: "ko_KR", country: "KR", lastFirst: true,
		first: []name{{"서연", "seoyeon"}, {"민준", "minjun"}, {"지우", "jiwoo"}},
		last:  []name{{"김", "kim"}, {"이", "lee"}, {"박", "park"}},
		food:  []string{"비빔밥"},
	}
	indian = &culture{
		locale: "hi_IN", country: "IN",
		first: []name{{"आरव", "aarav"}, {"प्रिया", "priya"}, {"அருண்", "arun"}, {"Ananya", "ananya"}},
		last:  []name{{"शर्मा", "sharma"}, {"सिंह", "singh"}, {"குமார்", "kumar"}, {"Iyer", "iyer"}},
		food:  []string{"मसाला डोसा", "dal makhani"},
	}
	thai = &culture{
		locale: "th_TH", country: "TH",
		first: []name{{"สมชาย", "somchai"}, {"มาลี", "malee"}},
		last:  []name{{"ใจดี", "jaidee"}, {"ศรีสุข", "srisuk"}},
		food:  []string{"ต้มยำกุ้ง"},
	}
)

// cultures are the guests of a restaurant by its country: most are at home there.
func cultures(home *culture) weighted[*culture] {
	return weigh(
		share[*culture]{560, home}, share[*culture]{70, british}, share[*culture]{60, french}, share[*culture]{60, american},
		share[*culture]{50, iberian}, share[*culture]{40, central}, share[*culture]{15, vietnamese}, share[*culture]{12, greek},
		share[*culture]{15, russian}, share[*culture]{20, arabic}, share[*culture]{8, hebrew}, share[*culture]{28, chinese},
		share[*culture]{20, japanese}, share[*culture]{12, korean}, share[*culture]{24, indian}, share[*culture]{6, thai},
	)
}
