<?php
/* 수제 가죽 공방: DB와 포트원(아임포트) 호출 */
ini_set('display_errors', '0');

function conf(string $key, string $default = ''): string
{
    $value = getenv('LEATHER_' . $key);
    return $value === false ? $default : $value;
}

function db(): PDO
{
    static $pdo = null;
    if ($pdo === null) {
        $pdo = new PDO('sqlite:' . conf('DB_DIR') . '/leather.db');
        $pdo->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
        $pdo->setAttribute(PDO::ATTR_DEFAULT_FETCH_MODE, PDO::FETCH_ASSOC);
        $pdo->exec('PRAGMA busy_timeout = 10000');
        $pdo->exec("CREATE TABLE IF NOT EXISTS member (
            id TEXT PRIMARY KEY, pw TEXT, name TEXT, email TEXT)");
        $pdo->exec("CREATE TABLE IF NOT EXISTS orders (
            no INTEGER PRIMARY KEY AUTOINCREMENT, merchant_uid TEXT UNIQUE, member TEXT, item TEXT, price INTEGER,
            status TEXT DEFAULT '입금전', imp_uid TEXT, cancelled INTEGER DEFAULT 0)");
        $pdo->exec("CREATE TABLE IF NOT EXISTS shipping_queue (order_no INTEGER, queued_at TEXT)");
        foreach ([['hong', '홍길동', 'hong@leather.example'], ['kim', '김철수', 'kim@leather.example']] as [$id, $name, $email]) {
            $pdo->prepare('INSERT OR IGNORE INTO member VALUES (?, ?, ?, ?)')
                ->execute([$id, conf('MEMBER_PW', 'leather'), $name, $email]);
        }
    }
    return $pdo;
}

function row(string $sql, array $args): ?array
{
    $found = db()->prepare($sql);
    $found->execute($args);
    return $found->fetch() ?: null;
}

function run(string $sql, array $args): int
{
    $done = db()->prepare($sql);
    $done->execute($args);
    return $done->rowCount();
}

/** 아임포트 REST API 호출. 통신 실패 시 null */
function iamport(string $method, string $path, ?array $body = null, string $token = ''): ?array
{
    $ch = curl_init(conf('IAMPORT_API', 'https://api.iamport.kr') . $path);
    $headers = ['Content-Type: application/json'];
    if ($token !== '') {
        $headers[] = 'Authorization: ' . $token;
    }
    curl_setopt_array($ch, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 5,
        CURLOPT_HTTPHEADER => $headers,
    ]);
    if ($body !== null) {
        curl_setopt($ch, CURLOPT_POSTFIELDS, json_encode($body));
    }
    $answer = curl_exec($ch);
    curl_close($ch);
    $json = $answer === false ? null : json_decode($answer, true);
    return is_array($json) ? $json : null;
}

function iamport_token(): string
{
    $got = iamport('POST', '/users/getToken', ['imp_key' => conf('IMP_KEY'), 'imp_secret' => conf('IMP_SECRET')]);
    return $got['response']['access_token'] ?? '';
}

/** 주문번호로 결제내역을 찾아 주문을 결제완료로 바꾼다 */
function complete_payment(array $order): bool
{
    $found = iamport('GET', '/payments/find/' . rawurlencode($order['merchant_uid']), null, iamport_token());
    $payment = $found['response'] ?? null;
    if (!is_array($payment) || ($payment['status'] ?? '') !== 'paid') {
        return false;
    }
    if ((float) $payment['amount'] !== (float) $order['price'] || $payment['currency'] !== 'KRW') {
        return false;
    }
    $changed = run(
        "UPDATE orders SET status = '결제완료', imp_uid = ? WHERE no = ? AND status = '입금전'",
        [$payment['imp_uid'], $order['no']]
    );
    if ($changed === 1) {
        run('INSERT INTO shipping_queue VALUES (?, ?)', [$order['no'], date('c')]);
    }
    return true;
}

/** 구매자 직접 환불. [성공여부, 메시지] */
function refund(array $order): array
{
    if ($order['status'] !== '결제완료') {
        return [false, '환불할 수 없는 주문입니다.'];
    }
    $answer = iamport('POST', '/payments/cancel', [
        'imp_uid' => $order['imp_uid'],
        'reason' => '구매자 환불 요청',
    ], iamport_token());
    if ($answer === null || $answer['code'] !== 0) {
        return [false, $answer['message'] ?? '잠시 후 다시 시도해 주세요.'];
    }
    run("UPDATE orders SET status = '환불완료', cancelled = price WHERE no = ?", [$order['no']]);
    return [true, '환불되었습니다.'];
}
