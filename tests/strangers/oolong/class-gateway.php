<?php
/**
 * The payment gateway: orders, and what payments do to them. Statuses are WooCommerce's, and three of the plugin's own:
 * cancel-request, partial-refunded, on-hold (somebody must look).
 */
class Tea_Gateway
{
    private $db;
    private $client;

    public function __construct(PDO $db, Iamport_Client $client)
    {
        $this->db = $db;
        $this->client = $client;
        $db->exec("CREATE TABLE IF NOT EXISTS wp_orders (
            id INTEGER PRIMARY KEY, order_key TEXT UNIQUE, status TEXT DEFAULT 'pending', item TEXT, total TEXT,
            currency TEXT, first_name TEXT, last_name TEXT, email TEXT, imp_uid TEXT UNIQUE, refunded TEXT DEFAULT '0',
            wanted TEXT DEFAULT '0', previous TEXT)");
        $db->exec('CREATE TABLE IF NOT EXISTS wp_order_notes (order_id INTEGER, note TEXT, UNIQUE (order_id, note))');
        $db->exec('CREATE TABLE IF NOT EXISTS wp_download_permissions (order_id INTEGER, file TEXT)');
    }

    public function order($id)
    {
        return $this->fetch('SELECT * FROM wp_orders WHERE id = ?', array($id));
    }

    public function notes($id)
    {
        $found = $this->db->prepare('SELECT note FROM wp_order_notes WHERE order_id = ?');
        $found->execute(array($id));
        return $found->fetchAll(PDO::FETCH_COLUMN);
    }

    public function downloads($id)
    {
        return (int) $this->fetch('SELECT count(*) AS n FROM wp_download_permissions WHERE order_id = ?', array($id))['n'];
    }

    public function create($item, $total, $currency, $billing)
    {
        $key = 'wc_order_' . substr(str_shuffle(bin2hex(random_bytes(16))), 0, 13);
        $this->execute(
            'INSERT INTO wp_orders (order_key, item, total, currency, first_name, last_name, email) VALUES (?, ?, ?, ?, ?, ?, ?)',
            array($key, $item, $total, $currency, $billing['first_name'], $billing['last_name'], $billing['email'])
        );
        return $this->order($this->db->lastInsertId());
    }

    /** The answer to ?wc-api=…: PortOne's webhook. */
    public function webhook($imp_uid)
    {
        $payment = $this->client->payment($imp_uid);
        if ($payment === null) {
            return 'fail';
        }
        $this->apply($payment);
        return 'success';
    }

    /** The thank-you page: look the payment up as long as nobody knows. */
    public function returned($order, $imp_uid)
    {
        if (!in_array($order['status'], array('pending', 'failed'), true)) {
            return;
        }
        $payment = $imp_uid !== '' ? $this->client->payment($imp_uid) : null;
        if ($payment === null || $payment->merchant_uid !== $order['order_key']) {
            $payment = $this->client->find($order['order_key']);
        }
        if ($payment !== null) {
            $this->apply($payment);
        }
    }

    private function apply($payment)
    {
        $this->db->exec('BEGIN IMMEDIATE');
        $order = $this->fetch('SELECT * FROM wp_orders WHERE order_key = ?', array((string) $payment->merchant_uid));
        if ($order) {
            if ($payment->status === 'failed' && $order['status'] === 'pending') {
                $this->execute("UPDATE wp_orders SET status = 'failed' WHERE id = ?", array($order['id']));
            } elseif ($payment->status === 'paid' || $payment->status === 'cancelled') {
                $this->settle($order, $payment);
            }
        }
        $this->db->exec('COMMIT');
    }

    private function settle($order, $payment)
    {
        $id = $order['id'];
        if ($order['imp_uid'] !== null && $order['imp_uid'] !== $payment->imp_uid) {
            if ($payment->status === 'paid') {
                $this->note($id, "Paid twice: {$payment->imp_uid}. Please cancel one of the payments in the i'mport console.");
            }
            return;
        }
        if ((float) $payment->amount !== (float) $order['total']) {
            $this->note($id, "{$payment->imp_uid} is {$payment->amount}, the order's total is {$order['total']}.");
            return;
        }
        $refunded = max((float) $order['refunded'], (float) ($payment->cancel_amount ?? 0));
        $status = $order['status'];
        if ($status === 'pending' || $status === 'failed') {
            $status = 'processing';
            if ($refunded == 0.0 && $payment->status === 'paid') {
                $this->execute('INSERT INTO wp_download_permissions VALUES (?, ?)', array($id, 'tasting-notes.pdf'));
            }
        }
        if ($refunded >= (float) $order['total'] || ($payment->status === 'cancelled' && $refunded == 0.0)) {
            $status = 'refunded';
            $refunded = (float) $order['total'];
        } elseif ($refunded > (float) $order['refunded']) {
            if ($status !== 'cancel-request' || $refunded >= (float) $order['wanted']) {
                $status = 'partial-refunded';
            }
        }
        $this->execute(
            'UPDATE wp_orders SET status = ?, imp_uid = ?, refunded = ? WHERE id = ?',
            array($status, $payment->imp_uid, number_format($refunded, 2, '.', ''), $id)
        );
    }

    /** process_refund() of WooCommerce: true, or the message of the error. */
    public function refund($id, $amount, $reason)
    {
        $this->db->exec('BEGIN IMMEDIATE');
        $order = $this->order($id);
        $left = round((float) $order['total'] - (float) $order['refunded'], 2);
        $amount = $amount === null ? $left : round((float) $amount, 2);
        $possible = in_array($order['status'], array('processing', 'partial-refunded'), true);
        if ($possible && $amount > 0 && $amount <= $left) {
            $this->execute(
                "UPDATE wp_orders SET previous = status, status = 'cancel-request', wanted = ? WHERE id = ?",
                array((string) round((float) $order['refunded'] + $amount, 2), $id)
            );
        }
        $this->db->exec('COMMIT');
        if (!$possible || $amount <= 0 || $amount > $left) {
            return "Invalid refund: the order is {$order['status']}, {$left} can be refunded.";
        }
        $this->client->cancel($order['imp_uid'], $amount, $reason);
        if ($this->client->error === Iamport_Client::REFUSED) {
            $message = $this->client->message;
            $this->execute("UPDATE wp_orders SET status = previous WHERE id = ? AND status = 'cancel-request'", array($id));
            $this->note($id, "The refund failed: $message");
            return "The refund failed: $message";
        }
        if ($this->client->error !== '') {
            $this->note($id, 'The i\'mport server did not answer clearly; the refund may or may not be under way.');
            $payment = $this->client->payment($order['imp_uid']);
            if ($payment !== null) {
                $this->apply($payment);
            }
        }
        return true;
    }

    private function note($id, $text)
    {
        $this->execute('INSERT OR IGNORE INTO wp_order_notes VALUES (?, ?)', array($id, $text));
    }

    private function fetch($sql, $args)
    {
        $found = $this->db->prepare($sql);
        $found->execute($args);
        $row = $found->fetch(PDO::FETCH_ASSOC);
        $found->closeCursor();
        return $row;
    }

    private function execute($sql, $args)
    {
        $this->db->prepare($sql)->execute($args);
    }
}
