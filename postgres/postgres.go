// Package postgres is the database: a private PostgreSQL cluster with PostGIS
// or an external one by URL, the connection pool, the migrations, backup and
// restore, and the one place that translates SQLSTATE into kvartal.Kind.
//
// It knows nothing of layers or rights: tables of layers are made by package
// layers, rows are read and written by whoever owns them.
package postgres
