package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/paulmach/orb"

	"kvartal/layers"
	"kvartal/live"
	"kvartal/live/recorder"
	"kvartal/live/trackers/bustime"
	"kvartal/live/trackers/gtfsrt"
	"kvartal/view"
)

// leakDelay is by how much the public sees what moves later: longer than the test
// takes, so that what is shown does not change meanwhile.
const leakDelay = time.Hour

// liveLeakLayer is what moves: it is made of a register and of what devices tell.
func liveLeakLayer() leakLayer {
	return leakLayer{
		id: "carts", geometry: "point", tiles: ", crowded: keep", live: true,
		rights: map[string][]view.Action{"public": {view.See, view.Query, view.Export}, "clerk": {view.See, view.Query, view.History}},
		fields: []leakField{
			{name: "carts_code", kind: layers.TypeText, tile: true, from: "register.plate"},
			{name: "carts_owner", kind: layers.TypeText, personal: true, tile: true, from: "register.contractor"},
			{name: "carts_kind", kind: layers.TypeText, coded: true, tile: true, drawn: true, from: "register.unit"},
			{name: "carts_sum", kind: layers.TypeInteger, tile: true, drawn: true, from: "reading.sum"},
			{name: "carts_of", kind: layers.TypeText, tile: true, drawn: true, from: "reading.note"},
		},
	}
}

// leakCarts is how many there are.
const leakCarts = 25

// cart is one that moves: what its register says and what it told at two times.
type cart struct {
	id                int
	code, owner, kind string
	old, now          *cartFix // nil: it told nothing
}

type cartFix struct {
	at   time.Time
	sum  int
	note string
	cell int // where it was
}

// carts are those that there are. The first words and numbers that are not of
// other rows are of theirs.
func carts(now time.Time) []cart {
	all := make([]cart, leakCarts)
	for i := range all {
		word := func(n int) string { return leakWord(20_000 + 10*i + n) }
		c := cart{
			id: i + 1, code: word(0), owner: word(1), kind: leakCodes("carts_kind")[i%3],
			old: &cartFix{now.Add(-2 * leakDelay), 7750000 + 10*i, word(2), i}, now: &cartFix{now, 7760000 + 10*i, word(3), (i + 9) % 25},
		}
		switch i % 5 {
		case 0:
			c.old = nil
		case 1:
			c.now = nil
		}
		all[i] = c
	}
	return all
}

// fillLeakFleet registers the carts, records what they told, and keeps in plain
// tables as what they are to be seen: now, and as the public may see them.
func fillLeakFleet(ctx context.Context, pool *pgxpool.Pool) error {
	now := time.Now().UTC().Truncate(time.Second)
	statements := []string{"INSERT INTO layer.device_inputs (profile, reading, input) VALUES ('cart', 'sum', 'sum'), ('cart', 'note', 'note')"}
	for _, table := range []string{"carts_now", "carts_before"} {
		statements = append(statements, "CREATE TABLE oracle."+table+" (id bigint, at timestamptz, geom geometry(Point, 32618), carts_code text, carts_owner text, carts_kind text, carts_sum bigint, carts_of text)")
	}
	fixes := []live.Fix{{Device: live.DeviceID(leakWord(30_000)), Source: "egts", Time: now, Received: now, Point: leakCell(3).Center()}} // nobody's
	for _, c := range carts(now) {
		statements = append(statements, fmt.Sprintf("INSERT INTO layer.devices (id, device, name, class, profile, plate, contractor, unit) VALUES (%d, 'cart-%[1]d', 'cart %[1]d', 'plough', 'cart', '%s', '%s', '%s')", c.id, c.code, c.owner, c.kind))
		seen := map[string]*cartFix{"carts_before": c.old, "carts_now": c.now}
		if c.now == nil {
			seen["carts_now"] = c.old
		}
		for table, f := range seen {
			told := "NULL, NULL, %s, NULL, NULL"
			if f != nil {
				told = fmt.Sprintf("'%s', ST_Transform(ST_SetSRID(ST_MakePoint(%v, %v), 4326), 32618), %%s, %d, '%s'", f.at.Format(time.RFC3339), f.place()[0], f.place()[1], f.sum, f.note)
			}
			register := fmt.Sprintf("'%s', '%s', '%s'", c.code, c.owner, c.kind)
			statements = append(statements, fmt.Sprintf("INSERT INTO oracle.%s VALUES (%d, %s)", table, c.id, fmt.Sprintf(told, register)))
		}
		for _, f := range []*cartFix{c.old, c.now} {
			if f != nil {
				fixes = append(fixes, f.fix(c.id))
			}
		}
	}
	for _, statement := range statements {
		if _, err := pool.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return recorder.New(recorder.Config{Pool: pool, Log: slog.New(slog.DiscardHandler)}).Write(ctx, fixes)
}

// place is where a cart was, to five decimals.
func (f *cartFix) place() orb.Point {
	at := leakCell(f.cell).Center()
	return orb.Point{round5(at[0]), round5(at[1])}
}

func (f *cartFix) fix(id int) live.Fix {
	return live.Fix{
		Device: live.DeviceID(fmt.Sprint("cart-", id)), Source: "egts", Time: f.at, Received: f.at, Point: f.place(),
		Inputs: []live.Input{{Name: "sum", Value: float64(f.sum)}, {Name: "note", Text: f.note}},
	}
}

func round5(x float64) float64 { return float64(int64(x*1e5)) / 1e5 }

// lags reports whether a grant shows what moves as it was.
func (g leakGrant) lags() bool { return g.Role == "public" }

// liveRelation is a query for what may be read of what moves: as it is where a
// grant says so, else as it was where another does. Past asks for how all were
// when the public sees them.
func (o *leakOracle) liveRelation(l leakLayer, a view.Action, past bool) string {
	var now, before []leakGrant
	for _, g := range o.of(l, a) {
		if g.lags() {
			before = append(before, g)
		} else {
			now = append(now, g)
		}
	}
	present, told := "oracle.carts_now", "true"
	if past {
		if o.looksBack(l, a) {
			present = "oracle.carts_before"
		} else {
			told = "at <= (SELECT max(at) FROM oracle.carts_before)"
		}
	}
	isNow := conditionsOfGrants(now)
	return shownBy(l, a, now, "(SELECT * FROM "+present+" WHERE "+told+") AS present") + " UNION ALL " +
		shownBy(l, a, before, "(SELECT * FROM oracle.carts_before WHERE "+told+" AND id NOT IN (SELECT id FROM "+present+" WHERE "+isNow+")) AS former")
}

// looksBack reports whether a principal may see former states of a layer: of every
// row, and of every attribute that an action shows.
func (o *leakOracle) looksBack(l leakLayer, a view.Action) bool {
	var whole, parts []leakGrant
	for _, g := range o.of(l, view.History) {
		if g.Filter == "" && g.Area == "" && (!l.live || !g.lags()) {
			whole = append(whole, g)
		} else {
			parts = append(parts, g)
		}
	}
	reads := func(f leakField) bool {
		for _, g := range whole {
			if g.reads(f, view.History) {
				return true
			}
		}
		return false
	}
	for _, f := range l.fields {
		for _, g := range append(whole, parts...) {
			if (g.reads(f, view.History) || g.masks(f, view.History)) && !reads(f) {
				return false
			}
		}
		if o.readable(l, f, a) && !reads(f) {
			return false
		}
	}
	return len(whole) > 0
}

// conditionsOfGrants is which rows some of the grants are about.
func conditionsOfGrants(grants []leakGrant) string {
	conditions := []string{"false"}
	for _, g := range grants {
		conditions = append(conditions, g.condition())
	}
	return "((" + strings.Join(conditions, ") OR (") + "))"
}

// events asks for the first event of a stream. Memory leaves out what it cannot
// decide, and what is masked.
func (p *prober) events(l leakLayer) leakProbe {
	query, filter, _, refused := p.conditions(l, view.See, "filter", "")
	query.Del("sortby") // there is no order
	if !strings.Contains(filter, refused) {
		refused = ""
	}
	path := "/live/" + l.id + "/events?" + query.Encode()
	if filter == "" && refused == "" && p.random.IntN(2) == 0 {
		path = "/live/events?layers=" + l.id
	}
	probe := leakProbe{path: path, actions: []view.Action{view.See}, refused: refused}
	if !p.oracle.may(l, view.See) || refused != "" {
		return probe
	}
	probe.wants = func(body string) error {
		var got collectionAnswer
		_, data, _ := strings.Cut(body, "\ndata: ")
		data, _, _ = strings.Cut(data, "\n")
		if strings.Contains(body, "cannot be followed live") {
			return nil
		}
		if err := json.Unmarshal([]byte(data), &got); err != nil {
			return fmt.Errorf("%w in %s", err, body)
		}
		if p.oracle.masks(l, view.See) {
			filter = "" // what is masked is not among the rows of the oracle as memory has them
		}
		return p.within(l, view.See, filter, got.rows())
	}
	return probe
}

// masks reports whether some attribute is shown in part.
func (o *leakOracle) masks(l leakLayer, a view.Action) bool {
	return slices.ContainsFunc(o.of(l, a), func(g leakGrant) bool {
		return slices.ContainsFunc(l.fields, func(f leakField) bool { return g.masks(f, a) })
	})
}

func (a collectionAnswer) rows() []leakRow {
	var rows []leakRow
	for _, f := range a.Features {
		rows = append(rows, f.row())
	}
	return rows
}

// within compares rows with those that may be read and of which a condition is
// true: each must be one of them, with none but its values, where it is seen.
func (p *prober) within(l leakLayer, a view.Action, condition string, got []leakRow) error {
	seen, err := p.oracle.rows(p.ctx, l, a, condition, "")
	if err != nil {
		return err
	}
	for _, row := range got {
		i := slices.IndexFunc(seen, func(r leakRow) bool { return r.id == row.id })
		if i < 0 {
			return fmt.Errorf("%v is told, and may not be seen", row)
		}
		if !row.near(seen[i]) {
			return fmt.Errorf("%d is at %v, want %v", row.id, row.place, seen[i].place)
		}
		for name, value := range row.values {
			if f, known := l.field(name); known && seen[i].values[f.name] != value {
				return fmt.Errorf("%d has %s = %s, want %q", row.id, name, value, seen[i].values[name])
			}
		}
	}
	return nil
}

// liveSummary asks how many move: no more are counted than may be seen.
func (p *prober) liveSummary(l leakLayer) leakProbe {
	return leakProbe{path: "/live.json", actions: []view.Action{view.See}, wants: func(body string) error {
		var got struct {
			Layers []struct {
				ID    string
				Count int
			}
			Unknown *int
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		if got.Unknown != nil {
			return fmt.Errorf("unknown devices are counted: %d", *got.Unknown)
		}
		for _, counted := range got.Layers {
			seen, err := p.oracle.rows(p.ctx, l, view.See, "", "")
			if err != nil || counted.ID != l.id || counted.Count > len(seen) || !p.oracle.may(l, view.See) {
				return fmt.Errorf("%+v are counted of %d (%w)", counted, len(seen), err)
			}
		}
		return nil
	}}
}

// tracked are those whose way may be seen: that may be queried, and whose past is
// covered by History without a lag.
func (p *prober) tracked(l leakLayer) (map[int64]bool, error) {
	queried, err := p.oracle.rows(p.ctx, l, view.Query, "", "")
	if err != nil {
		return nil, err
	}
	covered, err := p.oracle.pool.Query(p.ctx, "SELECT id FROM oracle.carts_now WHERE "+conditionsOfGrants(slices.DeleteFunc(p.oracle.of(l, view.History), leakGrant.lags)))
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(covered, pgx.RowTo[int64])
	out := map[int64]bool{}
	for _, row := range queried {
		out[row.id] = slices.Contains(ids, row.id)
	}
	return out, err
}

// period is one in which all carts told something.
func (p *prober) period() string {
	now := time.Now().UTC()
	return "from=" + now.Add(-5*time.Hour).Format(time.RFC3339) + "&to=" + now.Add(time.Hour).Format(time.RFC3339)
}

// track asks what one did.
func (p *prober) track(l leakLayer) leakProbe {
	id := p.anyID(l)
	format := pick(p, "geojson", "geojson", "gpx", "csv")
	return leakProbe{
		path: fmt.Sprintf("/live/%s/items/%d/track?f=%s&%s", l.id, id, format, p.period()), actions: []view.Action{view.Query, view.History},
		wants: func(body string) error {
			may, err := p.tracked(l)
			if err == nil && !may[id] && (strings.Contains(body, "mileage") || strings.Contains(body, "trkpt") || strings.Contains(body, "action")) {
				err = fmt.Errorf("the way of %d is told", id)
			}
			if err == nil && format != "geojson" && !p.oracle.may(l, view.Export) && !strings.Contains(body, `"status"`) {
				err = fmt.Errorf("the way of %d may not be taken away", id)
			}
			return err
		},
	}
}

// tracks asks what all did.
func (p *prober) tracks(l leakLayer) leakProbe {
	return leakProbe{
		path: "/live/" + l.id + "/tracks?" + p.period(), actions: []view.Action{view.Query, view.History},
		wants: func(body string) error {
			var got struct{ Objects []struct{ ID int64 } }
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				return err
			}
			may, err := p.tracked(l)
			for _, o := range got.Objects {
				if err == nil && !may[o.ID] {
					err = fmt.Errorf("the way of %d is told", o.ID)
				}
			}
			return err
		},
	}
}

// feed asks for what moves as other systems may have it.
func (p *prober) feed(l leakLayer) leakProbe {
	probe := leakProbe{path: "/live/" + l.id + "/" + pick(p, "bustime.csv", "vehicle-positions.pb"), actions: []view.Action{view.Export}}
	probe.wants = func(body string) error {
		if !p.oracle.may(l, view.Export) {
			if !strings.Contains(body, `"status":40`) {
				return errors.New("a feed is told that may not be taken away")
			}
			return nil
		}
		var fixes []live.Fix
		var err error
		if strings.HasSuffix(probe.path, ".csv") {
			fixes, err = bustime.Decode([]byte(body))
		} else {
			fixes, err = gtfsrt.Decode([]byte(body))
		}
		var got []leakRow
		for _, f := range fixes {
			id, failed := strconv.ParseInt(string(f.Device), 10, 64)
			if failed != nil {
				return failed
			}
			row := leakRow{id: id}
			if strings.HasSuffix(probe.path, ".csv") { // GTFS has 32 bits of it
				row.place = f.Point[:]
			}
			got = append(got, row)
		}
		if err != nil {
			return err
		}
		return p.within(l, view.Export, "", got)
	}
	return probe
}

// strangers asks for devices that no register has.
func (p *prober) strangers(leakLayer) leakProbe { return leakProbe{path: "/live/unknown"} }

// past asks for rows as they were before some were changed.
func (p *prober) past(l leakLayer) leakProbe {
	at := p.moment
	if l.live {
		at = p.before
	}
	probe := leakProbe{path: "/ogc/collections/" + l.id + "/items?limit=100&f=json&datetime=" + at.UTC().Format(time.RFC3339Nano), actions: []view.Action{view.Query}, past: true}
	if !p.oracle.may(l, view.Query) {
		return probe
	}
	probe.wants = func(body string) error {
		want, err := p.oracle.rowsAt(p.ctx, l, view.Query, "", "", true)
		if err != nil {
			return err
		}
		var got collectionAnswer
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			return err
		}
		return got.compare(want, "")
	}
	return probe
}

// untilEvent is an answer that ends with its first event.
type untilEvent struct {
	*httptest.ResponseRecorder

	leave func()
}

// SetWriteDeadline implements what http.ResponseController asks for.
func (untilEvent) SetWriteDeadline(time.Time) error { return nil }

func (u untilEvent) Write(b []byte) (int, error) {
	n, err := u.ResponseRecorder.Write(b)
	if strings.Contains(u.Body.String(), "event: snapshot") && strings.HasSuffix(u.Body.String(), "\n\n") {
		u.leave()
	}
	return n, err
}

// firstEvent answers a request for a stream with its first event.
func firstEvent(t *testing.T, h http.Handler, path string, header map[string]string) *http.Response {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := untilEvent{httptest.NewRecorder(), leave}
	h.ServeHTTP(w, r)
	return w.Result()
}

// tellAgain has the carts that are out tell what they told, so that feeds have them.
func tellAgain(c testCity) {
	var fixes []live.Fix
	now := time.Now().UTC()
	for _, one := range carts(now) {
		if one.now != nil {
			fixes = append(fixes, one.now.fix(one.id))
		}
	}
	c.live.Apply(fixes)
	c.live.Advance(now)
}
