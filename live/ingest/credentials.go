package ingest

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kvartal"
	"kvartal/live"
	"kvartal/live/trackers"
	"kvartal/postgres"
)

// iterations of PBKDF2. Many devices come back at once after an interruption, so
// it is less than for the passwords of people.
const iterations = 20_000

// Credentials is the Guard of devices that have passwords. Others are admitted
// by their names: most trackers know nothing else.
type Credentials struct {
	pool *pgxpool.Pool
}

// NewCredentials returns the passwords kept in a migrated database.
func NewCredentials(pool *pgxpool.Pool) *Credentials { return &Credentials{pool} }

// Admit implements Guard.
func (c *Credentials) Admit(ctx context.Context, login trackers.Login) error {
	var salt, want []byte
	err := c.pool.QueryRow(ctx, "SELECT salt, digest FROM live.credential WHERE device = $1", string(login.Device)).Scan(&salt, &want)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return postgres.Translate(err, "look up the password of a device")
	}
	got, err := digest(login.Password, salt)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return kvartal.Errorf(kvartal.KindForbidden, "device %q gave a wrong password, or none", string(login.Device))
	}
	return nil
}

// SetPassword makes a device need a password from its next connection on.
func (c *Credentials) SetPassword(ctx context.Context, device live.DeviceID, password string) error {
	if err := (&live.Fix{Device: device, Flags: live.NoPosition}).Sound(); err != nil {
		return err
	}
	if password == "" {
		return kvartal.Errorf(kvartal.KindInvalid, "the password of a device is not empty")
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	sum, err := digest(password, salt)
	if err != nil {
		return err
	}
	_, err = c.pool.Exec(ctx, `INSERT INTO live.credential VALUES ($1, $2, $3)
		ON CONFLICT (device) DO UPDATE SET salt = excluded.salt, digest = excluded.digest`, string(device), salt, sum)
	return postgres.Translate(err, "keep the password of a device")
}

// DropPassword lets a device in by its name alone again.
func (c *Credentials) DropPassword(ctx context.Context, device live.DeviceID) error {
	done, err := c.pool.Exec(ctx, "DELETE FROM live.credential WHERE device = $1", string(device))
	if err != nil {
		return postgres.Translate(err, "drop the password of a device")
	}
	if done.RowsAffected() == 0 {
		return kvartal.Errorf(kvartal.KindNotFound, "device %q has no password", string(device))
	}
	return nil
}

// Devices returns those that have passwords, in order.
func (c *Credentials) Devices(ctx context.Context) ([]live.DeviceID, error) {
	rows, err := c.pool.Query(ctx, "SELECT device FROM live.credential ORDER BY device")
	if err != nil {
		return nil, postgres.Translate(err, "list the devices with passwords")
	}
	devices, err := pgx.CollectRows(rows, pgx.RowTo[live.DeviceID])
	return devices, postgres.Translate(err, "list the devices with passwords")
}

func digest(password string, salt []byte) ([]byte, error) {
	sum, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return nil, kvartal.Errorf(kvartal.KindInternal, "digest a password").Because(err)
	}
	return sum, nil
}
