<?php
/* 수제 가죽 공방 쇼핑몰. php -S 127.0.0.1:8080 index.php */
require __DIR__ . '/lib.php';

session_save_path(conf('DB_DIR'));
session_start();
$_SESSION['csrf'] ??= bin2hex(random_bytes(16));
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$method = $_SERVER['REQUEST_METHOD'];
$items = ['wallet' => ['반지갑', 39000], 'keyring' => ['키링', 9000]];

function page(string $title, string $body): never
{
    $csrf = htmlspecialchars($_SESSION['csrf']);
    header('Content-Type: text/html; charset=utf-8');
    echo "<!doctype html><html lang=\"ko\"><head><meta charset=\"utf-8\"><title>$title</title>"
        . "<meta name=\"csrf-token\" content=\"$csrf\"></head><body><h1>$title</h1>$body</body></html>";
    exit;
}

function json(array $data, int $status = 200): never
{
    http_response_code($status);
    header('Content-Type: application/json; charset=utf-8');
    echo json_encode($data, JSON_UNESCAPED_UNICODE);
    exit;
}

function go(string $to): never
{
    header("Location: $to", true, 302);
    exit;
}

function my_order(string $no): array
{
    $order = row('SELECT * FROM orders WHERE no = ? AND member = ?', [$no, $_SESSION['member']['id'] ?? '']);
    if ($order === null) {
        http_response_code(404);
        page('주문이 없습니다', '<p>주문번호를 확인해 주세요.</p>');
    }
    return $order;
}

if ($path === '/static/js/iamport.payment.js') {
    // 아임포트 스크립트를 우리 서버에 내려받아 두고 쓴다 (CDN 장애 대비)
    $copy = conf('DB_DIR') . '/iamport.payment.js';
    if (!is_file($copy)) {
        $script = file_get_contents(conf('SDK_SOURCE', 'https://cdn.iamport.kr/v1/iamport.js'));
        if ($script === false) {
            http_response_code(502);
            exit;
        }
        file_put_contents($copy, $script);
    }
    header('Content-Type: application/javascript; charset=utf-8');
    readfile($copy);
    exit;
}

if ($path === '/login') {
    if ($method === 'POST') {
        $member = row('SELECT * FROM member WHERE id = ? AND pw = ?', [$_POST['id'] ?? '', $_POST['pw'] ?? '']);
        if ($member === null) {
            http_response_code(401);
            page('로그인', '<p>아이디 또는 비밀번호가 맞지 않습니다.</p>');
        }
        $_SESSION['member'] = $member;
        go('/');
    }
    page('로그인', '<form method="post"><input name="id" placeholder="아이디"><input name="pw" type="password" placeholder="비밀번호">'
        . '<button>로그인</button></form>');
}

if ($path === '/') {
    $list = '';
    foreach ($items as $key => [$name, $price]) {
        $list .= "<form method=\"post\" action=\"/order\"><input type=\"hidden\" name=\"item\" value=\"$key\">"
            . "$name " . number_format($price) . "원 <button>$name 주문</button></form>";
    }
    page('수제 가죽 공방', $list . '<a href="/login">로그인</a>');
}

if (!isset($_SESSION['member'])) {
    if (str_starts_with($path, '/order') || str_starts_with($path, '/my') || str_starts_with($path, '/payments/')) {
        $method === 'GET' ? go('/login') : json(['result' => false, 'message' => '로그인이 필요합니다.'], 401);
    }
}

if ($path === '/order' && $method === 'POST') {
    $item = $items[$_POST['item'] ?? ''] ?? null;
    if ($item === null) {
        http_response_code(400);
        page('잘못된 상품', '');
    }
    $merchant_uid = 'leather_' . date('ymdHis') . '_' . bin2hex(random_bytes(4));
    run('INSERT INTO orders (merchant_uid, member, item, price) VALUES (?, ?, ?, ?)',
        [$merchant_uid, $_SESSION['member']['id'], $item[0], $item[1]]);
    go('/order/' . db()->lastInsertId());
}

if (preg_match('#^/order/(\d+)$#', $path, $m)) {
    $order = my_order($m[1]);
    if ($order['status'] !== '입금전') {
        go('/my/orders/' . $order['no']);
    }
    $host = 'http://' . $_SERVER['HTTP_HOST'];
    $params = json_encode([
        'channelKey' => conf('CHANNEL_KEY'),
        'pay_method' => 'card',
        'merchant_uid' => $order['merchant_uid'],
        'name' => $order['item'],
        'amount' => $order['price'],
        'currency' => 'KRW',
        'buyer_email' => $_SESSION['member']['email'],
        'buyer_name' => $_SESSION['member']['name'],
        'm_redirect_url' => "$host/payments/return?no={$order['no']}",
    ], JSON_UNESCAPED_UNICODE);
    $code = conf('IMP_CODE');
    page('주문/결제', <<<HTML
        <p>주문번호 <b id="no" data-uid="{$order['merchant_uid']}">{$order['no']}</b>,
        {$order['item']} <span id="price" data-won="{$order['price']}">{$order['price']}원</span></p>
        <button id="pay" disabled>결제하기</button>
        <script>
        // 예전 스크립트처럼 사용 가능한 PG를 먼저 JSONP로 물어본다
        var pay = document.getElementById('pay'), ask = document.createElement('script');
        window.gotPgs = function (res) { window.pgs = res.data; };
        ask.src = 'https://service.iamport.kr/users/pg/$code?callback=gotPgs';
        ask.onload = ask.onerror = function () { pay.disabled = !window.IMP; };
        document.head.appendChild(ask);
        </script>
        <script type="module">
        import '/static/js/iamport.payment.js';
        var IMP = window.IMP;
        IMP.init('$code');
        pay.disabled = false;
        pay.onclick = function () {
            IMP.request_pay($params, function (rsp) {
                if (!rsp.success) {
                    alert('결제에 실패하였습니다. 에러내용 : ' + rsp.error_msg);
                    return;
                }
                fetch('/payments/complete', {
                    method: 'POST', headers: {'Content-Type': 'application/json'},
                    body: JSON.stringify({no: {$order['no']}, imp_uid: rsp.imp_uid})
                }).then(function (r) { return r.json(); }).then(function (data) {
                    if (data.result) {
                        alert('결제가 완료되었습니다.');
                        location.href = '/my/orders/{$order['no']}';
                    } else {
                        alert('결제 확인에 실패하였습니다. 고객센터로 문의해 주세요.');
                    }
                });
            });
        };
        </script>
        HTML);
}

if ($path === '/payments/complete' && $method === 'POST') {
    $told = json_decode(file_get_contents('php://input'), true);
    $no = is_array($told) ? (string) ($told['no'] ?? '') : '';
    json(['result' => complete_payment(my_order($no))]);
}

if ($path === '/payments/return') {
    $order = my_order((string) ($_GET['no'] ?? ''));
    $ok = complete_payment($order);
    $said = $ok ? '결제가 완료되었습니다.' : '결제에 실패하였습니다. ' . ($_GET['error_msg'] ?? '');
    $next = $ok ? "/my/orders/{$order['no']}" : "/order/{$order['no']}";
    page('결제 결과', '<script>alert(' . json_encode($said) . "); location.href = '$next';</script>");
}

if (preg_match('#^/my/orders/(\d+)$#', $path, $m)) {
    $order = my_order($m[1]);
    $queued = row('SELECT count(*) AS n FROM shipping_queue WHERE order_no = ?', [$order['no']])['n'];
    $refund = $order['status'] === '결제완료' ? '<button id="refund">환불하기</button>' : '';
    $pay = $order['status'] === '입금전' ? "<a href=\"/order/{$order['no']}\">결제하러 가기</a>" : '';
    page('주문 상세', <<<HTML
        <p>주문번호 <b id="no">{$order['no']}</b> {$order['item']}</p>
        <p>상태 <b id="status">{$order['status']}</b>, 환불금액 <span id="cancelled">{$order['cancelled']}</span>,
        출고요청 <span id="queued">$queued</span>건</p> $pay $refund
        <script>
        var button = document.getElementById('refund');
        if (button) button.onclick = function () {
            fetch('/my/orders/{$order['no']}/refund', {
                method: 'POST', headers: {'X-CSRF-TOKEN': document.querySelector('meta[name=csrf-token]').content}
            }).then(function (r) { return r.json(); }).then(function (data) { alert(data.message); location.reload(); });
        };
        </script>
        HTML);
}

if (preg_match('#^/my/orders/(\d+)/refund$#', $path, $m) && $method === 'POST') {
    if (!hash_equals($_SESSION['csrf'], $_SERVER['HTTP_X_CSRF_TOKEN'] ?? '')) {
        json(['result' => false, 'message' => '잘못된 접근입니다.'], 419);
    }
    [$ok, $message] = refund(my_order($m[1]));
    json(['result' => $ok, 'message' => $message]);
}

http_response_code(404);
page('404', '<p>페이지를 찾을 수 없습니다.</p>');
