// SPDX-License-Identifier: Apache-2.0
//
// Driver for the controller of one HBM stack. Never waits: the caller polls hbm_progress().
#ifndef CVP_FIRMWARE_DRIVERS_HBM_H_
#define CVP_FIRMWARE_DRIVERS_HBM_H_

#include <stdbool.h>

#include "mmio.h"

typedef enum {
  HBM_OK = 0,
  HBM_ENODEV,  // No HBM controller answers here.
  HBM_EBUSY,   // The command still runs.
  HBM_EFAIL,   // At least one channel did not train.
} hbm_status_t;

typedef struct {
  uintptr_t base;  // From the device tree.
} hbm_t;

typedef struct {
  uint32_t channels, pseudo_channels;
  uint64_t bytes;
  uint32_t megatransfers;
  uint32_t read_latency, write_latency;  // Clocks.
} hbm_geometry_t;

NODISCARD hbm_status_t hbm_probe(const hbm_t* hbm, hbm_geometry_t* geometry);
// Writes the mode registers that the geometry asks for and sends them to all channels.
NODISCARD hbm_status_t hbm_send_modes(const hbm_t* hbm, const hbm_geometry_t* geometry);
NODISCARD hbm_status_t hbm_train(const hbm_t* hbm);
// HBM_OK when the last command has ended well.
NODISCARD hbm_status_t hbm_progress(const hbm_t* hbm);
// Bit n: channel n.
uint32_t hbm_trained(const hbm_t* hbm);
uint32_t hbm_failed(const hbm_t* hbm);
// The memory answers.
int hbm_ready(const hbm_t* hbm);

// What hbm_take_events() tells, and what hbm_interrupt_on() asks for.
enum {
  HBM_CORRECTED = 1 << 0,    // Words were corrected, as many as the threshold says.
  HBM_UNCORRECTED = 1 << 1,  // A word could not be corrected; who read it got poison or a fault.
  HBM_HOT = 1 << 2,          // It has become so warm that it is refreshed twice as often.
};

typedef struct {
  uint64_t corrected, uncorrected, on_die_corrected, poison_read;
} hbm_error_counts_t;

typedef struct {
  uint64_t offset;  // Of the word, in the memory.
  uint32_t channel, pseudo_channel, bank, syndrome;
  bool more;  // Others followed that were not logged.
} hbm_error_place_t;

// Events that are ORed in `events` send `message` to `address`; 0 for none.
void hbm_interrupt_on(const hbm_t* hbm, uint32_t events, uint64_t address, uint32_t message);
// Returns the events since the last call, and clears them. Read the places of errors before.
uint32_t hbm_take_events(const hbm_t* hbm);

// Turns the controller's and the die's correction on or off.
void hbm_correction(const hbm_t* hbm, bool controller, bool on_die);
// So many corrected words make an event.
void hbm_corrected_threshold(const hbm_t* hbm, uint16_t words);
void hbm_error_counts(const hbm_t* hbm, hbm_error_counts_t* counts);
void hbm_corrected_place(const hbm_t* hbm, hbm_error_place_t* place);
void hbm_uncorrected_place(const hbm_t* hbm, hbm_error_place_t* place);
// Inverts bits (0 to 63 data, 64 to 71 check) of the word at `offset` in the cells.
void hbm_inject_one(const hbm_t* hbm, uint64_t offset, unsigned bit);
void hbm_inject_two(const hbm_t* hbm, uint64_t offset, unsigned bit, unsigned second_bit);
// From now on one of so many bursts read gets a wrong bit, and one two in a word, by chance that
// repeats with the seed; 0: none.
void hbm_inject_by_rate(const hbm_t* hbm, uint32_t one_in, uint32_t two_in, uint64_t seed);
// Reads a burst each so many nanoseconds, for ever, and writes back what is corrected; 0: stops.
void hbm_scrub(const hbm_t* hbm, uint32_t nanoseconds);

// The memory keeps its data and refuses accesses; leaving takes some hundred nanoseconds, for which
// accesses wait.
void hbm_self_refresh(const hbm_t* hbm, bool on);
// Channels sleep after so many idle clocks; 0: never.
void hbm_power_down_after(const hbm_t* hbm, uint16_t clocks);

// Since reset.
typedef struct {
  uint64_t power_down_entries, power_down_nanoseconds;  // Of all channels together.
  uint64_t self_refresh_nanoseconds;
} hbm_sleep_t;

void hbm_sleep(const hbm_t* hbm, hbm_sleep_t* sleep);
uint32_t hbm_celsius(const hbm_t* hbm);
// Puts this in the sensor's place; negative: the sensor again.
void hbm_pretend_celsius(const hbm_t* hbm, int celsius);
// Refreshes each tREFI.
uint32_t hbm_refresh_rate(const hbm_t* hbm);
// Of one channel, since reset. What goes through a hart's grant is not counted, nor rows at
// functional fidelity.
typedef struct {
  uint64_t bursts_read, bursts_written, row_hits, row_misses, row_conflicts, refreshes;
  // Reads that reached the channel; one of several channels counts in each, with all of its time.
  uint64_t reads, read_nanoseconds;
} hbm_channel_t;

void hbm_channel_counters(const hbm_t* hbm, uint32_t channel, hbm_channel_t* counters);
// Mean latency of the reads between two looks at a channel, in nanoseconds; 0: there was none.
uint64_t hbm_mean_read_latency(const hbm_channel_t* before, const hbm_channel_t* after);

// Picojoules so far: all, and what rows, data and compute units took of them.
uint64_t hbm_energy(const hbm_t* hbm);
uint64_t hbm_access_energy(const hbm_t* hbm);

#endif  // CVP_FIRMWARE_DRIVERS_HBM_H_
