package democity

import (
	"fmt"
	"time"
)

// contract is a lease of a parcel with its bookings.
type contract struct {
	number   string
	parcel   int
	signed   time.Time
	ends     time.Time
	status   string
	party    string
	kind     string // of the party
	rent     money  // a year
	charged  money
	paid     money
	penalty  money // what is left of it to pay
	payments []payment
}

// payment is a booking of a contract.
type payment struct {
	kind     string
	on, due  time.Time
	from, to time.Time
	amount   money
}

// booksFrom is the year from which the registers keep bookings.
const booksFrom = 2025

// let makes contracts for what the city lets: free and built parcels of its
// own and of undivided ownership.
func (c *city) let() {
	for i, p := range c.parcels {
		d := c.dice("contract", int64(i))
		owner := c.ownership(i)
		if owner != "municipal" && owner != "undivided" || p.use == publicUse || !d.chance(0.8) {
			continue
		}
		c.contracts = append(c.contracts, c.newContract(len(c.contracts)+1, i, d))
	}
}

func (c *city) newContract(n, parcel int, d dice) contract {
	p := c.parcels[parcel]
	t := contract{parcel: parcel, signed: day(d.between(2008, 2025), d.between(1, 365))}
	t.number = fmt.Sprintf("А-%d/%05d", t.signed.Year(), n)
	t.ends = t.signed.AddDate(pick(d, 5, 10, 15, 20, 49), 0, -1)
	t.status = "in_force"
	if t.ends.Before(today()) {
		t.status = "expired"
	}
	t.kind, t.party = "company", fmt.Sprintf("ООО «Пример %d»", n)
	if p.use == houseUse {
		t.kind, t.party = "person", fmt.Sprintf("Арендатор %d", n)
	} else if d.chance(0.3) {
		t.kind, t.party = "entrepreneur", fmt.Sprintf("ИП Пример %d", n)
	}
	t.rent = money(p.shape.Area() * landPrice(c, p) * d.within(0.3, 1.5)) // 0.3 to 1.5 per cent of the value, in kopecks
	t.book(d)
	if debt := t.charged - t.paid; debt > t.rent && t.status == "in_force" && d.chance(0.4) {
		t.status = "in_court"
	}
	return t
}

// book charges the rent quarter by quarter and pays as the tenant is: most in
// time, some late and not all, a few hardly at all.
func (t *contract) book(d dice) {
	reliable := pick(d, 1, 1, 1, 1, 1, 1, 0.98, 0.9, 0.75, 0.25)
	for year := booksFrom; year <= today().Year(); year++ {
		for quarter := range 4 {
			from := time.Date(year, time.Month(3*quarter+1), 1, 0, 0, 0, 0, time.UTC)
			to := from.AddDate(0, 3, -1)
			due := from.AddDate(0, 1, 9)
			if from.Before(t.signed) || to.After(t.ends) || due.After(today()) {
				continue
			}
			t.quarter(from, to, due, reliable, d)
		}
	}
}

func (t *contract) quarter(from, to, due time.Time, reliable float64, d dice) {
	amount := t.rent / 4
	t.payments = append(t.payments, payment{"charge", from, due, from, to, amount})
	t.charged += amount
	if d.chance(reliable) {
		on := due.AddDate(0, 0, -d.between(0, 20))
		t.payments = append(t.payments, payment{"receipt", on, due, from, to, amount})
		t.paid += amount
		return
	}
	late := amount / 50
	if on := due.AddDate(0, 0, 30); !on.After(today()) {
		t.payments = append(t.payments, payment{"penalty_charge", on, on.AddDate(0, 1, 0), from, to, late})
		t.penalty += late
	}
	if on := due.AddDate(0, 0, d.between(20, 200)); d.chance(0.4) && !on.After(today()) {
		part := amount / 2
		t.payments = append(t.payments, payment{"receipt", on, due, from, to, part})
		t.paid += part
	}
}

// last returns the latest receipt, or nil.
func (t *contract) last() *payment {
	var last *payment
	for i := range t.payments {
		if p := &t.payments[i]; p.kind == "receipt" && (last == nil || p.on.After(last.on)) {
			last = p
		}
	}
	return last
}

func (c *city) contractRows(yield func(row) bool) {
	for i, t := range c.contracts {
		d := c.dice("terms", int64(i))
		p := c.parcels[t.parcel]
		basis := "without_auction"
		if p.use != houseUse || d.chance(0.5) {
			basis = "auction"
		}
		f := fields{
			"contract_number":     t.number,
			"kind":                "lease",
			"cadastral_number":    p.number,
			"property_kind":       "parcel",
			"status":              t.status,
			"signed_on":           t.signed,
			"starts_on":           t.signed,
			"ends_on":             t.ends,
			"registration_number": fmt.Sprintf("%s-%d/%d-1", cadastralDistrict, t.signed.Year(), i+1),
			"basis":               basis,
			"purpose":             permittedUse(p.use, d),
			"area":                squareMetres(p.shape.Area()),
			"party_kind":          t.kind,
			"party":               t.party,
			"party_tax_number":    taxNumber(t.kind, i),
			"party_address":       text(p.address),
			"party_phone":         fmt.Sprintf("+7 000 000-%02d-%02d", i/100%100, i%100),
			"party_email":         fmt.Sprintf("party%d@example.org", i+1),
			"rent":                t.rent.decimal(),
			"payment_period":      "quarter",
			"charged":             t.charged.decimal(),
			"paid":                t.paid.decimal(),
			"debt":                (t.charged - t.paid).decimal(),
			"penalty":             t.penalty.decimal(),
			"balance_on":          today(),
			"note":                "Сгенерировано для демонстрации",
		}
		if last := t.last(); last != nil {
			f["last_paid_on"], f["last_payment"] = last.on, last.amount.decimal()
		}
		if !yield(row{nil, f}) {
			return
		}
	}
}

// taxNumber begins with 00, as no real one does.
func taxNumber(kind string, i int) string {
	if kind == "company" {
		return fmt.Sprintf("00%08d", i+1)
	}
	return fmt.Sprintf("00%010d", i+1)
}

func (c *city) paymentRows(yield func(row) bool) {
	n := 0
	for _, t := range c.contracts {
		for _, p := range t.payments {
			n++
			if !yield(row{nil, fields{
				"payment_number":  fmt.Sprintf("ПЛ-%07d", n),
				"contract_number": t.number,
				"kind":            p.kind,
				"booked_on":       p.on,
				"due_on":          p.due,
				"amount":          p.amount.decimal(),
				"period_from":     p.from,
				"period_to":       p.to,
				"document":        fmt.Sprintf("Документ № %d (демо)", n),
				"payer":           t.party,
			}}) {
				return
			}
		}
	}
}

// emergencyRows are the apartment houses whose wear makes them unsafe.
func (c *city) emergencyRows(yield func(row) bool) {
	n := 0
	for i, b := range c.buildings {
		if b.purpose != "residential" || b.wear < unsafeWear {
			continue
		}
		n++
		d := c.dice("emergency", int64(i))
		flats := max(2, int(b.area*float64(b.storeys)/62))
		act := day(d.between(2017, 2025), d.between(1, 365))
		stage := pick(d, "recognised", "recognised", "resettling", "resettling", "resettled")
		share := map[string]float64{"recognised": 0, "resettling": float64(d.between(5, 95)), "resettled": 100}[stage]
		address := b.address
		if address == "" {
			address = c.streetNameNear(b.parcel)
		}
		if !yield(row{c.parcels[b.parcel].shape.Center(), fields{
			"register_number": fmt.Sprintf("АД-%04d", n),
			"address":         address,
			"building_number": b.number,
			"stage":           stage,
			"reason":          pick(d, "wear", "wear", "wear", "wear", "structure", "fire", "flood", "ground"),
			"decision":        pick(d, "demolition", "demolition", "demolition", "reconstruction"),
			"act_number":      fmt.Sprintf("%d-МВК", n),
			"act_on":          act,
			"built_in":        b.builtIn,
			"wear":            b.wear,
			"storeys":         b.storeys,
			"flats":           flats,
			"residents":       int(float64(c.residents(i)) * (100 - share) / 100),
			"living_area":     squareMetres(b.area * float64(b.storeys) * 0.7),
			"resettled_share": share,
			"resettle_until":  act.AddDate(d.between(3, 8), 0, 0),
			"programme":       "Переселение из аварийного жилья (демо)",
			"funding":         money(float64(flats) * d.within(2.4e8, 4.2e8)).decimal(),
			"note":            "Сгенерировано для демонстрации",
		}}) {
			return
		}
	}
}

// streetNameNear names the street of a parcel without an address.
func (c *city) streetNameNear(i int) string {
	if e := c.parcels[i].edge; e >= 0 {
		return c.streetName(e)
	}
	return c.parcels[i].number
}

// investmentRows are the large free parcels that the city offers.
func (c *city) investmentRows(yield func(row) bool) {
	n := 0
	for i, p := range c.parcels {
		area := p.shape.Area()
		if p.use != freeUse || area < 1500 || c.ownership(i) == "private" {
			continue
		}
		n++
		d := c.dice("site", int64(i))
		purpose := pick(d, "trade", "trade", "mixed", "social", "housing", "logistics", "tourism")
		if area > 4500 {
			purpose = pick(d, "industry", "logistics", "mixed")
		}
		name := fmt.Sprintf("Площадка № %d, %s", n, c.streetNameNear(i))
		f := fields{
			"site_number":       fmt.Sprintf("ИП-%03d", n),
			"name":              name,
			"name_ru":           name,
			"name_en":           fmt.Sprintf("Site %d, %s", n, c.streetNameNear(i)),
			"purpose":           purpose,
			"kind":              pick(d, "greenfield", "greenfield", "brownfield", "renewal"),
			"status":            pick(d, "free", "free", "free", "auction", "reserved"),
			"area":              round(area/1e4, 2),
			"cadastral_number":  p.number,
			"ownership":         "municipal",
			"offer":             "lease",
			"rent":              money(area * landPrice(c, p) * 1.5).decimal(),
			"regime":            "none",
			"power":             float64(d.between(1, 40) * 25),
			"gas":               float64(d.between(2, 60) * 5),
			"water":             float64(d.between(2, 80) * 5),
			"sewerage":          float64(d.between(2, 80) * 5),
			"networks_distance": float64(d.between(5, 60)),
			"capacity_on":       day(2026, 182),
			"road_access":       "paved",
			"railway_distance":  round(d.within(0.3, 6), 1),
			"contact":           "Агентство инвестиций (демо)",
			"phone":             "+7 000 000-00-00",
			"description":       "Свободный участок у существующей улицы, сети проходят вдоль неё. Сгенерировано для демонстрации.",
		}
		if d.chance(0.4) {
			f["offer"], f["price"] = "sale", money(area*landPrice(c, p)*110).decimal()
			delete(f, "rent")
		}
		if !yield(row{p.shape.Polygon(), f}) {
			return
		}
	}
}
