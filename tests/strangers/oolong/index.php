<?php
/**
 * Tea house: what WordPress, WooCommerce and the theme do around the plugin. php -S 127.0.0.1:8080 index.php
 */
error_reporting(E_ALL);
ini_set('display_errors', '0');
require __DIR__ . '/class-iamport-client.php';
require __DIR__ . '/class-gateway.php';

$db = new PDO('sqlite:' . getenv('WP_CONTENT_DIR') . '/wordpress.sqlite');
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec('PRAGMA busy_timeout = 15000');
$gateway = new Tea_Gateway($db, new Iamport_Client(
    getenv('WC_IAMPORT_API'),
    getenv('WC_IAMPORT_REST_KEY'),
    getenv('WC_IAMPORT_REST_SECRET')
));
$home = 'http://' . $_SERVER['HTTP_HOST'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$posted = $_SERVER['REQUEST_METHOD'] === 'POST';

function wp_send_json($data, $status = 200)
{
    http_response_code($status);
    header('Content-Type: application/json; charset=UTF-8');
    echo json_encode($data);
    exit;
}

function theme($title, $content)
{
    header('Content-Type: text/html; charset=UTF-8');
    echo "<!DOCTYPE html><html lang='en-US'><head><meta charset='UTF-8'><title>$title &#8211; Tea house</title></head>"
        . "<body class='woocommerce'><h1 class='entry-title'>$title</h1>$content</body></html>";
    exit;
}

function json_or_form()
{
    if (stripos($_SERVER['CONTENT_TYPE'] ?? '', 'application/json') === 0) {
        return json_decode(file_get_contents('php://input'), true);
    }
    return $_POST;
}

function rest_key($write)
{
    $keys = array(getenv('WC_REST_KEY') => true, getenv('WC_REST_KEY_READONLY') => false);
    $user = $_SERVER['PHP_AUTH_USER'] ?? '';
    $good = isset($keys[$user]) && hash_equals((string) getenv('WC_REST_SECRET'), $_SERVER['PHP_AUTH_PW'] ?? '');
    if (!$good) {
        wp_send_json(array('code' => 'woocommerce_rest_cannot_view', 'message' => 'Sorry, you cannot list resources.'), 401);
    }
    if ($write && !$keys[$user]) {
        wp_send_json(array('code' => 'woocommerce_rest_authentication_error', 'message' => 'No write permissions.'), 401);
    }
}

if (($_GET['wc-api'] ?? '') === 'iamport_paymentwall') {
    $told = json_or_form();
    if (!is_array($told) || !isset($told['imp_uid']) || !is_string($told['imp_uid']) || $told['imp_uid'] === '') {
        http_response_code(400);
        exit('-1');
    }
    exit($gateway->webhook($told['imp_uid']));
}

if ($path === '/wp-json/wc/store/v1/checkout' && $posted) {
    $given = json_or_form();
    $prices = array('sencha' => '14.90', 'oolong' => '22.00');
    $item = $given['item'] ?? '';
    $billing = $given['billing_address'] ?? array();
    if (!isset($prices[$item], $billing['first_name'], $billing['last_name'], $billing['email'])) {
        wp_send_json(array('code' => 'rest_invalid_param', 'message' => 'Invalid parameter(s)'), 400);
    }
    $order = $gateway->create($item, $prices[$item], 'USD', $billing);
    wp_send_json(array(
        'order_id' => $order['id'],
        'order_key' => $order['order_key'],
        'status' => 'pending',
        'totals' => array('total' => $order['total'], 'currency_code' => 'USD'),
        'payment_result' => array('redirect_url' => "$home/checkout/order-pay/{$order['id']}/?key={$order['order_key']}"),
    ));
}

if (preg_match('#^/wp-json/wc/v3/orders/(\d+)(/refunds)?$#', $path, $m)) {
    rest_key(isset($m[2]));
    $order = $gateway->order($m[1]);
    if (!$order) {
        wp_send_json(array('code' => 'woocommerce_rest_shop_order_invalid_id', 'message' => 'Invalid ID.'), 404);
    }
    if (isset($m[2]) && $posted) {
        $given = json_or_form();
        $done = $gateway->refund($order['id'], $given['amount'] ?? null, $given['reason'] ?? 'Refund');
        if ($done !== true) {
            wp_send_json(array('code' => 'woocommerce_rest_cannot_create_order_refund', 'message' => $done), 400);
        }
        wp_send_json(array('message' => 'The refund was requested.'), 201);
    }
    wp_send_json(array(
        'id' => (int) $order['id'],
        'number' => $order['order_key'],
        'status' => $order['status'],
        'total' => $order['total'],
        'currency' => $order['currency'],
        'transaction_id' => $order['imp_uid'],
        'refunded_total' => $order['refunded'],
        'downloads' => $gateway->downloads($order['id']),
        'customer_notes' => $gateway->notes($order['id']),
    ));
}

if (preg_match('#^/checkout/order-(pay|received)/(\d+)/?$#', $path, $m)) {
    $order = $gateway->order($m[2]);
    if (!$order || !hash_equals($order['order_key'], $_GET['key'] ?? '')) {
        http_response_code(404);
        theme('Page not found', '<p>This order cannot be shown.</p>');
    }
    $received = "$home/checkout/order-received/{$order['id']}/?key={$order['order_key']}";
    $again = "/checkout/order-pay/{$order['id']}/?key={$order['order_key']}";
    $open = in_array($order['status'], array('pending', 'failed'), true);
    if ($m[1] === 'pay') {
        if (!$open) {
            header("Location: $received");
            exit;
        }
        $params = json_encode(array(
            'channelKey' => getenv('WC_IAMPORT_CHANNEL'),
            'merchant_uid' => $order['order_key'],
            'name' => 'Tea house order #' . $order['id'],
            'amount' => (float) $order['total'],
            'currency' => $order['currency'],
            'buyer_name' => $order['first_name'] . ' ' . $order['last_name'],
            'buyer_email' => $order['email'],
            'm_redirect_url' => $received,
            'notice_url' => "$home?wc-api=iamport_paymentwall",
        ));
        $code = getenv('WC_IAMPORT_USER_CODE');
        theme('Pay for order', "<p class='order-total'>{$order['total']} USD</p><button id='place_order'>Place order</button>
            <script src='https://cdn.iamport.kr/js/iamport.payment-1.2.0.js'></script>
            <script>
            IMP.init('$code');
            document.getElementById('place_order').addEventListener('click', function () {
                IMP.request_pay($params, function (rsp) {
                    var url = '$received';
                    if (rsp.imp_uid) url += '&imp_uid=' + encodeURIComponent(rsp.imp_uid);
                    if (rsp.error_msg) url += '&error_msg=' + encodeURIComponent(rsp.error_msg);
                    location.href = url;
                });
            });
            </script>");
    }
    $gateway->returned($order, is_string($_GET['imp_uid'] ?? '') ? ($_GET['imp_uid'] ?? '') : '');
    $order = $gateway->order($order['id']);
    if (!in_array($order['status'], array('pending', 'failed'), true)) {
        theme('Order received', "<p class='woocommerce-notice'>Thank you. Your order has been received.</p><p>{$order['total']} USD</p>");
    }
    $why = htmlspecialchars((string) ($_GET['error_msg'] ?? ''));
    $failed = $why !== '' || $order['status'] === 'failed';
    theme('Order', ($failed ? "<ul class='woocommerce-error' role='alert'><li>Payment failed. $why</li></ul>" : '<p>Awaiting payment.</p>')
        . "<a class='button pay' href='$again'>Pay for this order</a>");
}

if ($path === '/') {
    theme('Tea house', '<p>Sencha 14.90 USD, oolong 22.00 USD.</p>');
}
http_response_code(404);
theme('Page not found', '<p>It looks like nothing was found at this location.</p>');
