package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"covers/tasks/internal/lake"
)

// storeReceipt writes what was found or done into a zone, below receipts/, and gives its key. A receipt of that name must not
// be there.
func storeReceipt(ctx context.Context, zone *lake.Zone, name string, receipt any) (key string, err error) {
	text, err := json.MarshalIndent(receipt, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write a receipt: %w", err)
	}
	key = lake.ReceiptPrefix + name + ".json"
	return key, zone.Create(ctx, key, bytes.NewReader(append(text, '\n')))
}
