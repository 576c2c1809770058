#pragma once

#include "config/config.h"
#include "front/http.h"
#include "live/request.h"
#include "observe/log.h"

// Outcomes of invocations as clients and developers see them.
namespace smyth::live {

// As API Gateway answers; a malformed result is told to the log.
front::HttpResponse http_response(const Answer& answer, observe::Log& log);

// As Lambda's Invoke answers.
front::HttpResponse invoke_response(const Answer& answer, const config::Function& function);

// What a developer must know beyond the status: why there is no result of the handler.
void explain(const Answer& answer, const config::Function& function, observe::Log& log);

}  // namespace smyth::live
