package democity

import (
	"fmt"

	"kvartal/importers/democity/plane"
)

// parcelRows is the register of parcels.
func (c *city) parcelRows(yield func(row) bool) {
	for i, p := range c.parcels {
		d := c.dice("parcel", int64(i))
		area := p.shape.Area()
		if !yield(row{p.shape.Polygon(), fields{
			"cadastral_number": p.number,
			"address":          text(p.address),
			"area":             squareMetres(area),
			"category":         category(p.use, d),
			"permitted_use":    permittedUse(p.use, d),
			"ownership":        c.ownership(i),
			"cadastral_value":  money(area * landPrice(c, p) * 100).decimal(),
			"registered_on":    day(d.between(1998, 2025), d.between(1, 365)),
			"holder":           c.holder(i),
		}}) {
			return
		}
	}
}

// text is nil for an empty text: a value that is not known.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func category(u use, d dice) string {
	if u == industrialUse && d.chance(0.3) {
		return "industry"
	}
	return "settlement"
}

func permittedUse(u use, d dice) string {
	switch u {
	case houseUse:
		return "Для индивидуального жилищного строительства (2.1)"
	case apartmentUse:
		return pick(d, "Малоэтажная многоквартирная жилая застройка (2.1.1)", "Среднеэтажная жилая застройка (2.5)")
	case tradeUse:
		return pick(d, "Магазины (4.4)", "Деловое управление (4.1)", "Общественное питание (4.6)", "Бытовое обслуживание (3.3)")
	case publicUse:
		return pick(d, "Образование и просвещение (3.5)", "Здравоохранение (3.4)", "Государственное управление (3.8.1)")
	case industrialUse:
		return pick(d, "Производственная деятельность (6.0)", "Склад (6.9)", "Коммунальное обслуживание (3.1)")
	}
	return "Земельные участки (территории) общего пользования (12.0)"
}

// ownership is whose a parcel is; only what is not private is let by contract.
func (c *city) ownership(i int) string {
	d := c.dice("ownership", int64(i))
	switch c.parcels[i].use {
	case houseUse:
		return pick(d, "private", "private", "private", "private", "private", "private", "private", "municipal", "undivided")
	case apartmentUse:
		return pick(d, "private", "municipal", "undivided")
	case publicUse:
		return pick(d, "municipal", "municipal", "state")
	case freeUse:
		return pick(d, "municipal", "municipal", "undivided", "private")
	}
	return pick(d, "private", "private", "municipal", "municipal", "state")
}

// holder is an invented name that nobody takes for a person's.
func (c *city) holder(i int) any {
	switch c.ownership(i) {
	case "private":
		if c.parcels[i].use == houseUse {
			return fmt.Sprintf("Правообладатель %d", i+1)
		}
		return fmt.Sprintf("ООО «Пример %d»", i+1)
	case "municipal":
		return "Муниципальное образование (демо)"
	case "state":
		return "Субъект федерации (демо)"
	}
	return nil
}

// landPrice is roubles for a square metre: dear in the centre and for trade.
func landPrice(c *city, p parcel) float64 {
	price := 1200 + 4200/(1+plane.Distance(p.shape.Center(), c.center)/1500)
	if p.use == tradeUse {
		price *= 2.2
	}
	return price
}

// buildingRows is the register of buildings.
func (c *city) buildingRows(yield func(row) bool) {
	for i, b := range c.buildings {
		d := c.dice("register", int64(i))
		height := float64(b.storeys)*d.within(2.8, 3.4) + 1
		if !yield(row{b.shape, fields{
			"inventory_number": fmt.Sprintf("ОКС-%06d", i+1),
			"cadastral_number": text(b.number),
			"address":          text(b.address),
			"name":             text(b.name),
			"purpose":          b.purpose,
			"storeys":          b.storeys,
			"height":           round(height, 1),
			"floor_area":       squareMetres(b.area * float64(b.storeys) * 0.9),
			"built_in":         b.builtIn,
			"condition":        condition(b.wear),
			"heritage":         b.builtIn < 1890 && b.real != 0,
		}}) {
			return
		}
	}
}

func condition(wear float64) string {
	switch {
	case wear < 30:
		return "good"
	case wear < 65:
		return "serviceable"
	case wear < unsafeWear:
		return "limited"
	}
	return "emergency"
}
