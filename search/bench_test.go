package search_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"kvartal/search"
)

// million fills registers with a million rows about 1,500 streets. Triggers are
// off: the index is what is measured.
const million = `
SET statement_timeout = 0;
ALTER TABLE layer.addresses DISABLE TRIGGER USER; ALTER TABLE layer.buildings DISABLE TRIGGER USER;
ALTER TABLE layer.parcels DISABLE TRIGGER USER; ALTER TABLE layer.contracts DISABLE TRIGGER USER;
INSERT INTO kvartal.changeset (author, source) VALUES ('bench', 'test');
CREATE TEMP TABLE street AS
SELECT row_number() OVER () AS n, kind || ' ' || name || ending AS street FROM
  unnest(ARRAY['улица', 'переулок', 'проспект']) AS kind,
  unnest(ARRAY['Ленин', 'Киров', 'Чапаев', 'Гагарин', 'Королёв', 'Матросов', 'Киевск', 'Московск', 'Ошск', 'Токтогул', 'Байтик', 'Суванбердиев', 'Абдрахманов', 'Шевченк', 'Щорс',
    'Жибек-Жолу', 'Южно-Магистральн', 'Ахунбаев', 'Ибраимов', 'Манасчи Саякба', 'Фучик', 'Дэн Сяопин', 'Жукеев', 'Логвиненк', 'Тыныстанов', 'Раззаков', 'Исанов', 'Орозбеков', 'Боконбаев', 'Турусбеков',
    'Белорусск', 'Украинск', 'Садов', 'Зелён', 'Цветочн', 'Лесн', 'Полев', 'Нагорн', 'Набережн', 'Школьн', 'Вокзальн', 'Заводск', 'Фабричн', 'Рабоч', 'Крестьянск', 'Октябрьск', 'Первомайск', 'Советск', 'Юбилейн', 'Новосёлов']) AS name,
  unnest(ARRAY['а', 'ая', 'ого', '-2', '-3', 'ский', 'енко', 'овская', ' Северная', ' Южная']) AS ending;
CREATE TEMP TABLE house AS
SELECT i AS n, street.street, (1 + i / 1500 % 280) || (ARRAY['', '', '', 'а', 'б', '/2', ' корп. 2', ' стр. 1'])[1 + i % 8] AS number,
  480000 + (i * 7919::bigint % 400000) / 10.0 AS x, 4740000 + (i * 104729::bigint % 400000) / 10.0 AS y,
  format('01:%s:%s:%s', lpad((1 + i % 7)::text, 2, '0'), lpad((i / 300)::text, 7, '0'), 1 + i % 300) AS cadastral
FROM generate_series(1, 400000) AS i JOIN street ON street.n = 1 + i % (SELECT count(*) FROM street);
INSERT INTO layer.addresses (register_number, gar_id, address, street, house_number, object_kind, object_number, status, geom, version, valid_from, changeset)
SELECT 'АР-' || n, md5(n::text)::uuid::text, 'г. Бишкек, ' || street || ', ' || number, street, number, 'building', cadastral, 'assigned', ST_SetSRID(ST_MakePoint(x, y), 32643), 1, now(), 1 FROM house;
INSERT INTO layer.buildings (inventory_number, cadastral_number, address, geom, version, valid_from, changeset)
SELECT 'ИН-' || n, cadastral || n % 10, street || ', ' || number, ST_SetSRID(ST_Multi(ST_MakeEnvelope(x, y, x + 9, y + 9)), 32643), 1, now(), 1 FROM house WHERE n <= 200000;
INSERT INTO layer.parcels (cadastral_number, address, geom, version, valid_from, changeset)
SELECT cadastral, street || ', ' || number, ST_SetSRID(ST_Multi(ST_MakeEnvelope(x, y, x + 20, y + 20)), 32643), 1, now(), 1 FROM house WHERE n <= 200000;
INSERT INTO layer.contracts (contract_number, kind, cadastral_number, property_kind, status, signed_on, party_kind, party, version, valid_from, changeset)
SELECT format('Д-%s/%s', n, 2000 + n % 25), 'lease', cadastral, 'parcel', 'in_force', now(), 'person',
  (ARRAY['Иванов', 'Петров', 'Сыдыков', 'Асанова', 'Ким', 'Мамбеталиева'])[1 + n % 6] || ' ' || (ARRAY['Сергей', 'Айбек', 'Гульнара', 'Мария'])[1 + n % 4], 1, now(), 1 FROM house WHERE n <= 200000;
INSERT INTO layer.base_street_labels (kind, name, min_zoom, geom)
SELECT 'residential', street, 12, ST_Transform(ST_SetSRID(ST_MakeLine(ST_MakePoint(480000 + n * 20 + s * 50, 4750000), ST_MakePoint(480000 + n * 20 + s * 50 + 40, 4750000)), 32643), 3857)
FROM street, generate_series(1, 10) AS s;
ANALYZE`

// queries are what people type, to the letter.
var queries = []string{
	"ле", "лен", "ленина", "ул", "улица", "ул ленина", "ленина 12", "ул. Ленина, 12а", "lenina 12", "Lenin street 12", "ленена 12", "проспект гагарина 7 корп 2",
	"шевченк", "shevchenko", "щорса 5/2", "королев", "королёва", "суванбердиева", "суванбирдиева 17", "жибек", "01:03:0000210:17", "01:03:0000210", "01:03", "0000210:17",
	"Д-1234/2009", "д-1234", "ИН-77", "иванов сергей", "12", "белоруская", "бишкек", "бишкек ленина 40", "первомайская 100 стр 1", "xyzzy", "qwertyuiop 5", "а",
}

func BenchmarkSearchAMillion(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	c := openCity(b, func(c city) { c.exec(b, million); began = time.Now() })
	b.Logf("indexed in %v", time.Since(began))
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("memory %d MB", (after.HeapAlloc-before.HeapAlloc)>>20)
	all := c.everything()
	near := orb.Point{74.6, 42.87}
	var took []time.Duration
	b.ResetTimer()
	for b.Loop() {
		for _, text := range queries {
			start := time.Now()
			results, failures, err := c.Search(b.Context(), search.Request{Text: text, Lang: "ru", Near: &near, Limit: 10, Layers: all})
			if err != nil || len(failures) > 0 {
				b.Fatalf("Search(%q) = %v, %v", text, failures, err)
			}
			elapsed := time.Since(start)
			took = append(took, elapsed)
			if len(took) <= len(queries) {
				first := ""
				if len(results) > 0 {
					first = string(results[0].Layer.ID) + ": " + results[0].Title + " (" + results[0].Subtitle + ")"
				}
				b.Logf("%8.2f ms %2d %-30s %s", float64(elapsed.Microseconds())/1000, len(results), text, first)
			}
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
}
