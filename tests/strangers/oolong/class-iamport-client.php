<?php
/**
 * Talks to the i'mport REST API. The access token goes as _token in the query of GETs and in X-ImpTokenHeader of POSTs.
 */
class Iamport_Client
{
    public const UNREACHABLE = 'unreachable';
    public const NOT_FOUND = 'not_found';
    public const REFUSED = 'refused';

    /** @var string what became of the last call: '' or one of the constants */
    public $error = '';
    /** @var string */
    public $message = '';

    private $base;
    private $key;
    private $secret;

    public function __construct($base, $key, $secret)
    {
        $this->base = rtrim($base, '/');
        $this->key = $key;
        $this->secret = $secret;
    }

    public function payment($imp_uid)
    {
        return $this->authorised('GET', '/payments/' . rawurlencode($imp_uid) . '?include_sandbox=true');
    }

    public function find($merchant_uid)
    {
        return $this->authorised('GET', '/payments/find/' . rawurlencode($merchant_uid) . '?sorting=-updated');
    }

    public function cancel($imp_uid, $amount, $reason)
    {
        return $this->authorised('POST', '/payments/cancel', array(
            'imp_uid' => $imp_uid,
            'amount' => $amount,
            'reason' => $reason,
        ));
    }

    private function authorised($method, $path, $args = null)
    {
        $token = $this->remote('POST', '/users/getToken', array('imp_key' => $this->key, 'imp_secret' => $this->secret));
        if ($this->error !== '' || !isset($token->access_token)) {
            $this->error = self::UNREACHABLE;
            return null;
        }
        if ($method === 'GET') {
            $path .= (strpos($path, '?') === false ? '?' : '&') . '_token=' . $token->access_token;
            return $this->remote('GET', $path);
        }
        return $this->remote($method, $path, $args, array('X-ImpTokenHeader: ' . $token->access_token));
    }

    private function remote($method, $path, $args = null, $headers = array())
    {
        $this->error = $this->message = '';
        $curl = curl_init($this->base . $path);
        curl_setopt($curl, CURLOPT_CUSTOMREQUEST, $method);
        curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
        curl_setopt($curl, CURLOPT_TIMEOUT, (int) (getenv('WC_IAMPORT_TIMEOUT') ?: 5));
        curl_setopt($curl, CURLOPT_HTTPHEADER, $headers);
        if ($args !== null) {
            curl_setopt($curl, CURLOPT_POSTFIELDS, http_build_query($args));
        }
        $body = curl_exec($curl);
        $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
        curl_close($curl);
        if ($status === 404) {
            $this->error = self::NOT_FOUND;
            return null;
        }
        $json = $body === false ? null : json_decode($body);
        if ($status !== 200 || !is_object($json) || !isset($json->code)) {
            $this->error = self::UNREACHABLE;
            return null;
        }
        if ($json->code !== 0) {
            $this->error = self::REFUSED;
            $this->message = (string) $json->message;
            return null;
        }
        if (!isset($json->response) || !is_object($json->response)) {
            $this->error = self::UNREACHABLE;
            return null;
        }
        return $json->response;
    }
}
