package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"kvartal"
)

// Argon2id with the second recommended option of RFC 9106, section 4: 64 MiB,
// three passes, four lanes.
const (
	argonMemory = 64 << 10 // KiB
	argonPasses = 3
	argonLanes  = 4
	argonLength = 32
	saltLength  = 16
)

// Length of passwords in characters (NIST SP 800-63B-4, section 3.1.1.2). There
// are no rules of composition and no expiry, as it demands.
const (
	minPassword = 15
	maxPassword = 256
)

// checkPassword refuses passwords that are easily guessed.
func checkPassword(account, password string) error {
	n := utf8.RuneCountInString(password)
	if !utf8.ValidString(password) || n < minPassword || n > maxPassword {
		return kvartal.Errorf(kvartal.KindInvalid, "the password has %d characters: want %d to %d, a few words for example", n, minPassword, maxPassword).In("password")
	}
	distinct := map[rune]bool{}
	for _, r := range strings.ToLower(password) {
		distinct[r] = true
	}
	rest := strings.ToLower(password)
	for _, expected := range []string{strings.ToLower(account), "kvartal", "password", "пароль", "qwerty", "йцукен", "1234567890", "123456"} {
		rest = strings.ReplaceAll(rest, expected, "")
	}
	const least = 6
	if len(distinct) < least || utf8.RuneCountInString(rest) < least {
		return kvartal.Errorf(kvartal.KindInvalid, "the password is easily guessed: do not repeat characters, and do not make it of the name or of words such as qwerty").In("password")
	}
	return nil
}

// hash returns a password in the PHC string format.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails
	key, err := s.derive(ctx, password, salt)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), err
}

// matches reports whether a password has the given hash. One without hash, of an
// account that does not exist, takes as long as another.
func (s *Service) matches(ctx context.Context, password, hash string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		_, err := s.derive(ctx, password, make([]byte, saltLength))
		return false, err
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	want, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errKey != nil {
		return false, errors.New("a password hash in the database is broken")
	}
	key, err := s.derive(ctx, password, salt)
	return subtle.ConstantTimeCompare(key, want) == 1, err
}

// derive computes the key of a password, a few at a time.
func (s *Service) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, argonPasses, argonMemory, argonLanes, argonLength), nil
}
