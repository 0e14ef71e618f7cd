package generate

import (
	"slices"
	"strconv"
	"strings"

	"covers/tasks/internal/fault"
)

// Shares returns the shares of defects that --defects and --defect name, for simulator.Settings. It checks that a record has at
// most one defect.
func Shares(even float64, named []string) (map[string]float64, error) {
	shares := map[string]float64{everyKind: even}
	sum := even
	for _, n := range named {
		kind, text, _ := strings.Cut(n, "=")
		share, err := strconv.ParseFloat(text, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return nil, fault.New(fault.Usage, "write --defect unknown_status=0.01",
				"--defect %s: want KIND=SHARE with a share of 0 to 1", n)
		}
		if !slices.Contains(DefectNames(), kind) {
			return nil, fault.New(fault.Usage, "use one of "+strings.Join(DefectNames(), ", "),
				"--defect %s: not a kind of defect", n)
		}
		if _, again := shares[kind]; again {
			return nil, fault.New(fault.Usage, "give each kind once", "--defect %s: the kind is given twice", kind)
		}
		shares[kind] = share
		sum += share
	}
	if sum > 1 {
		return nil, fault.New(fault.Usage, "lower --defects or --defect",
			"the shares of defects make %g together, more than all records", sum)
	}
	return shares, nil
}
