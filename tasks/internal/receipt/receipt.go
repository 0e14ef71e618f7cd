// Package receipt keeps for people what was found or done, in a zone below receipts/. Start with Store.
package receipt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"covers/tasks/internal/lake"
)

// Store writes a receipt into a zone and returns its key. A receipt of that name must not be there.
func Store(ctx context.Context, zone *lake.Zone, name string, receipt any) (key string, err error) {
	text, err := json.MarshalIndent(receipt, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write a receipt: %w", err)
	}
	key = lake.ReceiptPrefix + name + ".json"
	return key, zone.Create(ctx, key, bytes.NewReader(append(text, '\n')))
}
