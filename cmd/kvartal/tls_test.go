package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func writeCertificate(t *testing.T, cert, key string, serial int64, at time.Time) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := loadTLS(cert, key); err == nil {
		t.Error("loadTLS of files that are not there = nil, want an error")
	}
	start := time.Now().Add(-time.Minute)
	writeCertificate(t, cert, key, 1, start)
	config, err := loadTLS(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for i, change := range []func(){
		func() {},
		func() { writeCertificate(t, cert, key, 2, start.Add(time.Second)) },
		func() { _ = os.WriteFile(key, []byte("half"), 0o600) },
	} {
		change()
		got, err := config.GetCertificate(nil)
		if want := int64(min(i+1, 2)); err != nil || got.Leaf.SerialNumber.Int64() != want {
			t.Errorf("certificate after change %d = %v, %v, want number %d", i, got, err, want)
		}
	}
}

func TestParseProxies(t *testing.T) {
	t.Parallel()
	if got, err := parseProxies([]string{"127.0.0.1", "10.0.0.0/8", "::1"}); err != nil || len(got) != 3 || got[0].Bits() != 32 {
		t.Errorf("parseProxies = %v, %v, want three prefixes", got, err)
	}
	if _, err := parseProxies([]string{"everybody"}); err == nil {
		t.Error(`parseProxies("everybody") = nil, want an error`)
	}
}
