package server

import (
	"context"
	"errors"
	"time"

	"kvartal"
	"kvartal/layers"
)

// layerTimeout bounds the work for one layer of an answer about many, so that a
// slow one does not hold the others.
const layerTimeout = 3 * time.Second

// failedLayer is a layer that could not be asked, and what to do about it.
type failedLayer struct {
	Layer  kvartal.LayerID `json:"layer"`
	Title  string          `json:"title"`
	Detail string          `json:"detail"`
}

func newFailedLayer(id kvartal.LayerID, title layers.Text, err error, lang string) failedLayer {
	return failedLayer{id, title.In(lang), adviceFor(err).In(lang)}
}

// adviceFor says what a person does about a layer that failed.
func adviceFor(err error) layers.Text {
	switch {
	case errors.Is(err, context.DeadlineExceeded) || kvartal.KindOf(err) == kvartal.KindTimeout:
		return layers.Text{
			Ru: "Слой не ответил вовремя: приблизьте карту, уточните запрос или повторите позже.",
			En: "The layer did not answer in time: zoom in, ask for less, or try again later.",
			Ky: "Катмар өз убагында жооп берген жок: картаны жакындатыңыз, суроону тактаңыз же кийинчерээк кайталаңыз.",
		}
	case kvartal.KindOf(err) == kvartal.KindUnavailable:
		return layers.Text{
			Ru: "Слой ещё загружается: повторите через несколько секунд.",
			En: "The layer is still being loaded: try again in a few seconds.",
			Ky: "Катмар жүктөлүп жатат: бир нече секунддан кийин кайталаңыз.",
		}
	}
	return layers.Text{
		Ru: "Слой не удалось прочитать: повторите; если не поможет, сообщите администратору.",
		En: "The layer could not be read: try again; if that does not help, tell the administrator.",
		Ky: "Катмарды окуу мүмкүн болгон жок: кайталаңыз; жардам бербесе, администраторго билдириңиз.",
	}
}
