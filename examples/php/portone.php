<?php
// PortOne's API (V1) with nothing but PHP itself.

declare(strict_types=1);

class Refused extends Exception {}  // PortOne said no
class NotKnown extends Refused {}   // PortOne has no such payment
class Unclear extends Exception {}  // no answer, or none that says anything

final class PortOne
{
    public function __construct(
        private readonly string $url,
        private readonly string $key,
        private readonly string $secret,
        private readonly bool $live,
        private readonly float $patience,
        private readonly bool $asksForNotice = true,
    ) {
    }

    /** The payment as PortOne has it now, null where it knows none. Throws Unclear. */
    public function lookUp(string $impUid): ?array
    {
        // Test payments are left out unless they are asked for.
        return $this->question('/payments/' . rawurlencode($impUid) . ($this->live ? '' : '?include_sandbox=true'));
    }

    /** imp_uid of the newest payment for a merchant_uid, null where there is none. Throws Unclear. */
    public function find(string $merchantUid): ?string
    {
        return $this->question('/payments/find/' . rawurlencode($merchantUid) . '?sorting=-started')['imp_uid'] ?? null;
    }

    /** Registers what an order costs; that it is registered already is as good. Throws Unclear. */
    public function register(string $merchantUid, float $amount, string $currency): void
    {
        try {
            $this->call('POST', '/payments/prepare',
                ['merchant_uid' => $merchantUid, 'amount' => $amount, 'currency' => $currency]);
        } catch (Refused) {
        }
    }

    /** Returning means that the request was taken, not that money moved. Throws Refused, Unclear. */
    public function cancel(string $impUid, float $amount, float $left): void
    {
        $body = ['imp_uid' => $impUid, 'amount' => $amount, 'checksum' => $left, 'reason' => 'Refund by the operator'];
        if ($this->asksForNotice) {
            $body['enable_webhook'] = true;
        }
        $this->call('POST', '/payments/cancel', $body);
    }

    private function question(string $path): ?array
    {
        try {
            return $this->call('GET', $path);
        } catch (NotKnown) {
            return null;
        } catch (Refused $refused) {
            throw new Unclear('PortOne did not answer: ' . $refused->getMessage());
        }
    }

    /** A token is asked for before each call: PortOne gives the same one again while it lives. */
    private function call(string $method, string $path, ?array $body = null, bool $again = true): array
    {
        $keys = ['imp_key' => $this->key, 'imp_secret' => $this->secret];
        try {
            [, $token] = $this->send('POST', '/users/getToken', $keys, null);
        } catch (Refused $refused) {
            throw new Unclear('PortOne gave no token: ' . $refused->getMessage());
        }
        try {
            [, $answer] = $this->send($method, $path, $body, $token['access_token'] ?? '');
        } catch (NotKnown $notKnown) {
            throw $notKnown;
        } catch (Refused $refused) {
            if ($refused->getCode() === 401 && $again) { // the token's end came early, and nothing was done
                return $this->call($method, $path, $body, false);
            }
            throw $refused;
        }
        return $answer;
    }

    private function send(string $method, string $path, ?array $body, ?string $token): array
    {
        $headers = ['Content-Type: application/json', 'Connection: close'];
        if ($token !== null) {
            $headers[] = "Authorization: Bearer $token";
        }
        $http = ['method' => $method, 'header' => $headers, 'timeout' => $this->patience, 'ignore_errors' => true,
            'protocol_version' => 1.1];
        if ($body !== null) {
            $http['content'] = json_encode($body, JSON_THROW_ON_ERROR);
        }
        $text = @file_get_contents($this->url . $path, false, stream_context_create(['http' => $http]));
        $status = preg_match('~^HTTP/\S+ (\d{3})~', $http_response_header[0] ?? '', $found) ? (int) $found[1] : 0;
        $answer = is_string($text) ? json_decode($text, true) : null;
        if ($status === 0 || $status >= 500 || !is_array($answer) || !is_int($answer['code'] ?? null)) {
            throw new Unclear("PortOne did not answer (HTTP $status)");
        }
        if ($status === 404) {
            throw new NotKnown('PortOne knows no such payment', 404);
        }
        if ($answer['code'] !== 0 || $status >= 400) {
            throw new Refused((string) ($answer['message'] ?? "code {$answer['code']}"), $status);
        }
        if (!is_array($answer['response'] ?? null)) {
            throw new Unclear("PortOne's answer holds no payment");
        }
        return [$status, $answer['response']];
    }
}
