package wialon

import (
	"strconv"
	"strings"
)

// sumIsRight reports whether the text ends in the sum, in hexadecimal, of all
// that stands before it, the last separator included.
func sumIsRight(text, separator string) bool {
	at := strings.LastIndex(text, separator) + 1
	told, err := strconv.ParseUint(strings.TrimPrefix(text[at:], "0x"), 16, 16)
	return err == nil && uint16(told) == crc16(text[:at])
}

// crc16 is CRC-16/ARC: polynomial 0x8005 reflected, from 0.
func crc16(text string) uint16 {
	var crc uint16
	for i := range len(text) {
		crc ^= uint16(text[i])
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xA001
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}
