package server

import "kvartal/layers"

// ogcText is a text of the OGC pages. An unknown key is shown as it is, which
// tests find.
func ogcText(key string) layers.Text {
	text, ok := map[string]layers.Text{
		"about this api": {
			Ru: "Открытые данные города: слои карты, реестры и их свойства. Для людей — страницы, для программ — OGC API.",
			En: "The open data of the city: layers of the map, registers and their attributes. Pages for people, OGC APIs for programs.",
			Ky: "Шаардын ачык маалыматтары: картанын катмарлары, реестрлер жана алардын касиеттери. Адамдар үчүн — барактар, программалар үчүн — OGC API.",
		},
		"open data":        {Ru: "Данные города", En: "City data", Ky: "Шаардын маалыматтары"},
		"map":              {Ru: "Карта", En: "Map", Ky: "Карта"},
		"collections":      {Ru: "Слои", En: "Layers", Ky: "Катмарлар"},
		"items":            {Ru: "Объекты", En: "Features", Ky: "Объекттер"},
		"feature":          {Ru: "Объект", En: "Feature", Ky: "Объект"},
		"api":              {Ru: "Описание API", En: "API description", Ky: "API сүрөттөмөсү"},
		"conformance":      {Ru: "Поддерживаемые стандарты", En: "Standards", Ky: "Колдоого алынган стандарттар"},
		"functions":        {Ru: "Функции фильтров", En: "Functions of filters", Ky: "Чыпкалардын функциялары"},
		"schema":           {Ru: "Схема", En: "Schema", Ky: "Схема"},
		"queryables":       {Ru: "Свойства для фильтра", En: "Queryables", Ky: "Чыпка үчүн касиеттер"},
		"sortables":        {Ru: "Свойства для сортировки", En: "Sortables", Ky: "Иреттөө үчүн касиеттер"},
		"tiles":            {Ru: "Тайлы", En: "Tiles", Ky: "Тайлдар"},
		"tile matrix sets": {Ru: "Схемы тайлов", En: "Tile matrix sets", Ky: "Тайлдардын схемалары"},
		"styles":           {Ru: "Стили карты", En: "Map styles", Ky: "Картанын стилдери"},
		"theme day":        {Ru: "День", En: "Day", Ky: "Күн"},
		"theme night":      {Ru: "Ночь", En: "Night", Ky: "Түн"},
		"theme pale":       {Ru: "Бледная", En: "Pale", Ky: "Бозгул"},
		"this document":    {Ru: "Этот документ", En: "This document", Ky: "Ушул документ"},
		"next page":        {Ru: "Дальше", En: "Next", Ky: "Кийинки"},
		"first page":       {Ru: "К началу", En: "To the start", Ky: "Башына"},
		"other formats":    {Ru: "Другие форматы", En: "Other formats", Ky: "Башка форматтар"},
		"download":         {Ru: "Скачать", En: "Download", Ky: "Жүктөп алуу"},
		"number":           {Ru: "Номер", En: "Number", Ky: "Номери"},
		"show items":       {Ru: "Показать объекты", En: "Show the features", Ky: "Объекттерди көрсөтүү"},
		"no items":         {Ru: "Таких объектов нет.", En: "There are no such features.", Ky: "Мындай объекттер жок."},
		"search":           {Ru: "Найти", En: "Search", Ky: "Издөө"},
		"search in":        {Ru: "Искать в этом слое", En: "Search this layer", Ky: "Ушул катмардан издөө"},
		"found":            {Ru: "Найдено", En: "Found", Ky: "Табылды"},
		"attribute":        {Ru: "Свойство", En: "Attribute", Ky: "Касиет"},
		"name":             {Ru: "Имя", En: "Name", Ky: "Аты"},
		"type":             {Ru: "Тип", En: "Type", Ky: "Түрү"},
		"unit":             {Ru: "Единица", En: "Unit", Ky: "Бирдик"},
		"values":           {Ru: "Значения", En: "Values", Ky: "Маанилери"},
		"yes":              {Ru: "да", En: "yes", Ky: "ооба"},
		"no":               {Ru: "нет", En: "no", Ky: "жок"},
		"where":            {Ru: "Где", En: "Where", Ky: "Кайда"},
		"extent":           {Ru: "Охват", En: "Extent", Ky: "Камтуусу"},
		"crs":              {Ru: "Системы координат", En: "Coordinate systems", Ky: "Координаттар системалары"},
		"storage crs":      {Ru: "Система координат хранения", En: "Storage coordinate system", Ky: "Сактоо координаттар системасы"},
		"source":           {Ru: "Источник", En: "Source", Ky: "Булагы"},
		"parameters":       {Ru: "Параметры", En: "Parameters", Ky: "Параметрлер"},
		"description":      {Ru: "Описание", En: "Description", Ky: "Сүрөттөмө"},
		"answers":          {Ru: "Форматы ответа", En: "Answers", Ky: "Жооптун форматтары"},
		"required":         {Ru: "обязательно", En: "required", Ky: "милдеттүү"},
		"try":              {Ru: "Открыть", En: "Open", Ky: "Ачуу"},
		"for programs":     {Ru: "Для программ", En: "For programs", Ky: "Программалар үчүн"},
		"result":           {Ru: "Результат", En: "Result", Ky: "Натыйжа"},
		"skip":             {Ru: "К содержанию", En: "To the content", Ky: "Мазмунга"},
	}[key]
	if !ok {
		return layers.Text{Ru: key, En: key, Ky: key}
	}
	return text
}
