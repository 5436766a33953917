package stats

import "sort"

// Median returns the middle of values, or 0 when there are none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	middle := len(sorted) / 2
<<<<<<< HEAD
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
=======
	if len(sorted)&1 == 0 {
		return sorted[middle]
	}
>>>>>>> even-lengths
	return sorted[middle]
}
