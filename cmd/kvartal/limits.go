package main

import (
	"net/url"
	"strconv"
	"strings"

	"kvartal"
	"kvartal/server"
)

// burstSeconds is how many seconds of requests may come at once after a rest.
const burstSeconds = 20

// parseLimits reads "address,principal,sign-in": requests a second of an address
// and of an account or key, and attempts to sign in a minute of an address.
func parseLimits(text string) (server.Limits, error) {
	parts := strings.Split(text, ",")
	numbers := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 0 || n > 1_000_000 || len(parts) != 3 {
			return server.Limits{}, kvartal.Errorf(kvartal.KindInvalid, "limits is %.60q: want three numbers, requests a second of an address, of an account or key, and attempts to sign in a minute, as in 500,200,30", text)
		}
		numbers[i] = n
	}
	often := func(n int) server.Rate { return server.Rate{PerSecond: float64(n), Burst: n * burstSeconds} }
	return server.Limits{
		Address: often(numbers[0]), Principal: often(numbers[1]),
		SignIn: server.Rate{PerSecond: float64(numbers[2]) / 60, Burst: numbers[2]},
	}, nil
}

// checkOrigins complains of what no browser sends as an origin.
func checkOrigins(origins []string) error {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != origin {
			return kvartal.Errorf(kvartal.KindInvalid, "cors-origins has %.100q: want scheme and host, as in https://portal.example.org", origin)
		}
	}
	return nil
}
