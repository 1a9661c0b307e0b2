<?php
// A small merchant in plain PHP: PortOne V1, Paymentwall's widget. Run: php -S 127.0.0.1:3000 shop.php

declare(strict_types=1);

require __DIR__ . '/portone.php';
require __DIR__ . '/orders.php';

function setting(string $name, string $otherwise = ''): string
{
    return getenv($name) === false ? $otherwise : (string) getenv($name);
}

$defect = setting('SHOP_DEFECT'); // planted on purpose, to see that the conformance suite finds it
const DEFECTS = ['fulfils-each-time', 'waits-for-a-notice-in-vain', 'lets-anybody-refund'];
if ($defect !== '' && !in_array($defect, DEFECTS, true)) {
    http_response_code(500);
    exit("SHOP_DEFECT=$defect: choose from " . implode(', ', DEFECTS) . "\n");
}
$live = setting('PORTONE_STAGE') === 'live';
$portone = new PortOne(
    setting('PORTONE_API_URL', 'https://api.iamport.kr'),
    setting('PORTONE_API_KEY', '8765432187654321'),
    setting('PORTONE_API_SECRET'),
    $live,
    (float) setting('PORTONE_PATIENCE_SECONDS', '5'),
    $defect !== 'waits-for-a-notice-in-vain',
);
$orders = new Orders(setting('SHOP_DATABASE', 'orders.json'), $portone, $live, $defect);

function answer(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body, JSON_THROW_ON_ERROR);
}

function page(string $title, string $body): void
{
    header('Content-Type: text/html; charset=utf-8');
    echo "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>$title</title><h1>$title</h1>$body</html>";
}

function fields(): array
{
    if (str_starts_with($_SERVER['CONTENT_TYPE'] ?? '', 'application/json')) {
        $told = json_decode((string) file_get_contents('php://input'), true);
        return is_array($told) ? $told : [];
    }
    return $_POST;
}

function named(mixed $impUid): bool
{
    return is_string($impUid) && preg_match('/^[A-Za-z0-9_-]{1,64}$/D', $impUid) === 1;
}

function shown(array $order): array
{
    $told = [];
    foreach ($order['payments'] as $impUid => $payment) {
        if ($payment['objection'] !== null && $payment['status'] === 'paid') {
            $told[] = "Send $impUid back: {$payment['objection']}.";
        }
    }
    if ($order['refund']['unclear'] ?? false) {
        $told[] = 'Whether PortOne took the refund is not known; ask again.';
    }
    return ['order' => $order['reference'], 'merchant_uid' => $order['merchant_uid'], 'status' => $order['state'],
        'amount' => $order['amount'], 'currency' => $order['currency'], 'paid_amount' => $order['paid'],
        'cancelled_amount' => $order['cancelled'], 'fulfilments' => $order['fulfilments'],
        'attention' => $told ? implode(' ', $told) : null];
}

function checkout(array $order, PortOne $portone): void
{
    $home = "/orders/{$order['reference']}";
    $portone->register($order['merchant_uid'], $order['amount'], $order['currency']);
    $asked = json_encode(['channelKey' => setting('PORTONE_CHANNEL_KEY', 'channel-key-conformance'),
        'merchant_uid' => $order['merchant_uid'], 'name' => 'Enamel mug', 'amount' => $order['amount'],
        'currency' => $order['currency'], 'buyer_name' => 'Grace Hopper', 'buyer_email' => 'grace@example.com',
        'm_redirect_url' => "http://{$_SERVER['HTTP_HOST']}$home/return"], JSON_HEX_TAG | JSON_THROW_ON_ERROR);
    $code = json_encode(setting('PORTONE_CODE', 'imp87654321'), JSON_HEX_TAG);
    page("Pay {$order['amount']} {$order['currency']}", <<<HTML
        <p id="said" role="alert"></p><button id="pay">Pay</button>
        <script src="https://cdn.iamport.kr/v1/iamport.js"></script><script>
        IMP.init($code);
        document.getElementById("pay").onclick = () => IMP.request_pay($asked, (told) => {
          if (told.imp_uid) location.assign("$home/return?imp_uid=" + encodeURIComponent(told.imp_uid));
          else document.getElementById("said").textContent = "The payment did not go through. " + (told.error_msg || "");
        });</script>
        HTML);
}

function overview(array $order): void
{
    $words = ['paid' => 'Thank you, your order is paid.', 'failed' => 'The payment did not go through.'];
    $again = in_array($order['state'], OPEN, true) ? "<p><a href=\"/orders/{$order['reference']}/pay\">Pay</a></p>" : '';
    page("Your order is {$order['state']}", '<p>' . ($words[$order['state']] ?? '') . "</p>$again");
}

function isOperator(): bool
{
    $password = setting('SHOP_OPERATOR_PASSWORD');
    return $password !== '' && ($_SERVER['PHP_AUTH_USER'] ?? '') === 'operator'
        && hash_equals($password, $_SERVER['PHP_AUTH_PW'] ?? '');
}

/** The browser's word and the webhook's only say where to look. */
function looked(callable $look): void
{
    try {
        $look();
    } catch (Unclear $reason) {
        error_log($reason->getMessage()); // looked at again next time
    }
}

$path = (string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$asked = "{$_SERVER['REQUEST_METHOD']} $path";
$reference = preg_match('~/orders/([0-9a-f]{20})(/|$)~', $path, $found) ? $found[1] : '';
$order = $reference === '' ? null : $orders->read($reference);
$impUid = $_GET['imp_uid'] ?? null;

if ($asked === 'GET /') {
    page('Mugs', '<p>POST /api/orders orders one.</p>');
} elseif ($asked === 'POST /api/orders') {
    answer(201, shown($orders->place()));
} elseif ($asked === 'POST /webhooks/portone') {
    $impUid = fields()['imp_uid'] ?? null;
    if (!named($impUid)) {
        answer(400, ['error' => 'imp_uid is missing']);
    } else {
        try {
            $orders->takeResult($impUid);
            answer(200, ['ok' => true]);
        } catch (Unclear $reason) {
            answer(503, ['error' => $reason->getMessage()]); // PortOne sends again
        }
    }
} elseif ($order === null) {
    answer(404, ['error' => 'There is no such order.']);
} elseif ($asked === "GET /api/orders/$reference") {
    answer(200, shown($order));
} elseif ($asked === "GET /orders/$reference/pay" && in_array($order['state'], OPEN, true)) {
    checkout($order, $portone);
} elseif ($asked === "GET /orders/$reference/return" || $asked === "GET /orders/$reference/pay") {
    if (named($impUid)) {
        looked(fn () => $orders->takeResult($impUid));
    }
    header("Location: /orders/$reference", true, 302);
} elseif ($asked === "GET /orders/$reference") {
    looked(fn () => $orders->catchUp($order));
    overview($orders->read($reference));
} elseif ($asked === "POST /operator/orders/$reference/refund") {
    if (!isOperator() && $defect !== 'lets-anybody-refund') {
        header('WWW-Authenticate: Basic realm="shop"');
        answer(401, ['message' => 'Log in.']);
    } else {
        [$status, $message] = $orders->refund($reference, fields()['amount'] ?? null);
        answer($status, ['message' => $message]);
    }
} else {
    answer(404, ['error' => 'There is no such page.']);
}
