<?php
// The merchant's orders: what a look-up means for them, and how they are refunded.

declare(strict_types=1);

const OPEN = ['unpaid', 'failed'];
const WAITING = 'waiting for cancellation';
const PROGRESS = ['ready', 'failed', 'paid', 'cancelled']; // look-ups may overtake each other; a payment goes this way

final class Orders
{
    public function __construct(
        private readonly string $file,
        private readonly PortOne $portone,
        private readonly bool $live,
        private readonly string $defect,
    ) {
    }

    public function place(): array
    {
        $reference = bin2hex(random_bytes(10));
        return $this->transaction(function (array &$orders) use ($reference): array {
            return $orders[$reference] = ['reference' => $reference, 'merchant_uid' => "mug-$reference",
                'amount' => 10.5, 'currency' => 'USD', 'state' => 'unpaid', 'imp_uid' => null, 'paid' => 0,
                'cancelled' => 0, 'fulfilments' => 0, 'payments' => [], 'refund' => null];
        });
    }

    public function read(string $reference): ?array
    {
        return $this->transaction(fn (array &$orders): ?array => $orders[$reference] ?? null);
    }

    /** Looks the payment up and lets its order learn of it. Throws Unclear: nothing was changed then. */
    public function takeResult(string $impUid): void
    {
        $payment = $this->portone->lookUp($impUid); // may take seconds: not inside the transaction
        if ($payment === null) {
            return;
        }
        $this->transaction(function (array &$orders) use ($payment): void {
            $reference = preg_replace('/^mug-/', '', (string) $payment['merchant_uid'], 1);
            if (isset($orders[$reference]) && $orders[$reference]['merchant_uid'] === $payment['merchant_uid']) {
                $this->learn($orders[$reference], $payment);
            }
        });
    }

    /** For a webhook that never came. Throws Unclear. */
    public function catchUp(array $order): void
    {
        if ($order['imp_uid'] !== null && $this->defect === 'waits-for-a-notice-in-vain') {
            return;
        }
        $impUid = $order['imp_uid'] ?? $this->portone->find($order['merchant_uid']);
        if ($impUid !== null && $order['state'] !== 'cancelled') {
            $this->takeResult($impUid);
        }
    }

    private function learn(array &$order, array $payment): void
    {
        $known = $order['payments'][$payment['imp_uid']] ?? ['status' => 'ready', 'cancelled' => 0];
        $rank = max(array_search($known['status'], PROGRESS, true), array_search($payment['status'], PROGRESS, true));
        $known = ['status' => PROGRESS[$rank], 'cancelled' => max($known['cancelled'], $payment['cancel_amount'] ?? 0)];
        $known['objection'] = $this->objection($order, $payment, $known['status']);
        $order['payments'][$payment['imp_uid']] = $known;
        if ($known['objection'] !== null || !in_array($order['imp_uid'], [null, $payment['imp_uid']], true)) {
            return;
        }
        if ($known['status'] === 'failed' && $order['state'] === 'unpaid') {
            $order['state'] = 'failed';
        }
        if (!in_array($known['status'], ['paid', 'cancelled'], true)) {
            return;
        }
        $first = in_array($order['state'], OPEN, true);
        $order['imp_uid'] = $payment['imp_uid'];
        $order['paid'] = $payment['amount'];
        $order['cancelled'] = $known['cancelled'];
        $all = $known['status'] === 'cancelled' || !less($known['cancelled'], $payment['amount']);
        if ($order['refund'] !== null && ($all || !less($known['cancelled'], $order['refund']['until']))) {
            $order['refund'] = null;
        }
        if ($all) {
            $order['state'] = 'cancelled';
        } elseif ($order['refund'] === null) {
            $order['state'] = $known['cancelled'] > 0 ? 'partly cancelled' : 'paid';
        }
        if (!$all && ($first || $this->defect === 'fulfils-each-time')) {
            $order['fulfilments']++;
        }
    }

    /** Why a payment that was made does not pay this order, null where it does. */
    private function objection(array $order, array $payment, string $status): ?string
    {
        if (!in_array($status, ['paid', 'cancelled'], true)) {
            return null;
        }
        if ($this->live && ($payment['sandbox'] ?? false)) {
            return 'it was made through a test channel';
        }
        $same = !less($payment['amount'], $order['amount']) && !less($order['amount'], $payment['amount']);
        if ($payment['currency'] !== $order['currency'] || !$same) {
            return "the order is over {$order['amount']} {$order['currency']}";
        }
        $other = !in_array($order['imp_uid'], [null, $payment['imp_uid']], true);
        return $other ? "the order is paid by {$order['imp_uid']}" : null;
    }

    /** What the operator is told, and the HTTP status. */
    public function refund(string $reference, mixed $asked): array
    {
        $claim = $this->transaction(fn (array &$orders): array|string => $this->claim($orders[$reference], $asked));
        if (is_string($claim)) {
            return [409, $claim];
        }
        $status = 200;
        $said = 'The cancellation is asked for, and waits for its result.';
        $unclear = false;
        try {
            $this->portone->cancel($claim['imp_uid'], $claim['amount'], $claim['left']);
        } catch (Refused $refused) {
            [$status, $said] = [409, 'PortOne refused: ' . $refused->getMessage()];
        } catch (Unclear) {
            [$unclear, $said] = [true, 'Whether PortOne took the refund is not known.'];
        }
        $this->transaction(function (array &$orders) use ($reference, $claim, $status, $unclear): void {
            $order = &$orders[$reference];
            if (($order['refund']['token'] ?? null) === $claim['token']) {
                $order['refund'] = $status === 409 ? null : ['unclear' => $unclear] + $order['refund'];
                $order['state'] = $status === 409 ? $order['state'] : WAITING;
            }
        });
        try {
            $this->takeResult($claim['imp_uid']); // whatever was answered, the payment is the truth
        } catch (Unclear $reason) {
            error_log($reason->getMessage());
        }
        return [$status, $said];
    }

    /** Notes that a refund is under way, before anybody is asked; a text says why there will be none. */
    private function claim(array &$order, mixed $asked): array|string
    {
        $left = round($order['paid'] - $order['cancelled'], 3);
        $amount = $asked === null ? $left : (is_numeric($asked) ? round((float) $asked, 3) : 0.0);
        if ($order['imp_uid'] === null || $left <= 0) {
            return 'There is nothing to refund.';
        }
        if ($amount <= 0 || less($left, $amount)) {
            return "More than 0 and at most $left {$order['currency']} can be refunded.";
        }
        if ($order['refund'] !== null && !$order['refund']['unclear']) {
            return 'A refund is asked for already, and waits for its result.';
        }
        $token = bin2hex(random_bytes(8));
        $order['refund'] = ['until' => $order['cancelled'] + $amount, 'unclear' => false, 'token' => $token];
        return ['imp_uid' => $order['imp_uid'], 'amount' => $amount, 'left' => $left, 'token' => $token];
    }

    /** One at a time, whichever process: who reads an order here is the only one who changes it. */
    private function transaction(callable $work): mixed
    {
        $file = fopen($this->file, 'c+');
        flock($file, LOCK_EX);
        try {
            $orders = json_decode(stream_get_contents($file) ?: '[]', true);
            $before = $orders;
            $result = $work($orders);
            if ($orders !== $before) {
                ftruncate($file, 0);
                rewind($file);
                fwrite($file, json_encode($orders, JSON_THROW_ON_ERROR));
            }
            return $result;
        } finally {
            fclose($file); // and so the lock ends
        }
    }
}

/** Whether one amount is less than the other, to the last of the three decimals that a currency may have. */
function less(float $one, float $other): bool
{
    return round($one * 1000) < round($other * 1000);
}
